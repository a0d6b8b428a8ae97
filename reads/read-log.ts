import { randomUUID } from 'node:crypto';
import type { ZodType } from 'zod';
import type { Operation, SecretPlace } from '../contracts/reads/read-request';
import { SecretResolutionError, type RuntimeHostError } from '../contracts/reads/read-error';
import { asReadError, parseRequest, type FailedRead } from './as-read-error';
import type { ReadAudit, ReadCaller, ReadRecord } from './read-audit';
import type { ReadMetrics } from './read-metrics';

/** How the read of one secret ended. */
export type ReadEnd = Pick<ReadRecord, 'outcome' | 'source' | 'error' | 'code'>;

/** A secret that is asked for; without a key it is the names of a folder. */
export interface AskedSecret {
  place: SecretPlace;
  key?: string;
  /** Where it did not end as the whole operation did. */
  end?: ReadEnd;
}

/** One call of one operation, while it lasts. */
export class Reading {
  readonly started = performance.now();
  readonly asked: AskedSecret[] = [];
  private id: string | undefined;

  constructor(request: unknown) {
    const given = (request as { correlation_id?: unknown } | undefined)?.correlation_id;
    if (typeof given === 'string' && given !== '') this.id = given;
  }

  get correlationId(): string {
    return (this.id ??= randomUUID());
  }

  /** Whatever comes of it, it is audited. */
  ask<T extends AskedSecret>(secret: T): T {
    this.asked.push(secret);
    return secret;
  }
}

interface ReadLogOptions {
  audit: ReadAudit | undefined;
  metrics: ReadMetrics;
  host: string;
  identity: string | undefined;
  nameKeys: boolean;
}

const SERVED: ReadEnd = { outcome: 'served' };

/** Runs operations: checks their requests, types their errors, audits and counts every secret that they asked for. */
export class ReadLog {
  constructor(private readonly options: ReadLogOptions) {}

  async run<R, T>(
    operation: Operation,
    schema: ZodType<R>,
    request: unknown,
    caller: ReadCaller,
    work: (asked: R, reading: Reading) => Promise<T>,
  ): Promise<T> {
    const reading = new Reading(request);
    try {
      const result = await work(parseRequest(schema, request, reading), reading);
      this.write(operation, reading, caller, SERVED);
      return result;
    } catch (error) {
      const typed = asReadError(error, this.failed(reading.asked, reading));
      this.write(operation, reading, caller, endOf(typed));
      throw typed;
    }
  }

  /** What an error about them has to say. */
  failed(asked: readonly AskedSecret[], { correlationId }: Reading): FailedRead {
    const environment = asked[0]?.place.environment ?? '';
    return { what: this.describe(asked), host: this.options.host, environment, correlationId };
  }

  /** In the words of an error; keys are named only where that was allowed. */
  private describe(asked: readonly AskedSecret[]): string {
    const paths = [...new Set(asked.map(({ place }) => place.path))].join(', ');
    const [only, ...others] = asked;
    if (others.length > 0) return `${asked.length} secrets in ${paths}`;
    if (only === undefined) return 'secret';
    if (only.key === undefined) return `folder ${paths}`;
    return this.options.nameKeys ? `secret ${only.key} in ${paths}` : `secret in ${paths}`;
  }

  private write(operation: Operation, reading: Reading, caller: ReadCaller, otherwise: ReadEnd): void {
    const { audit, metrics, identity } = this.options;
    const { asked } = reading;
    if (asked.length === 0) metrics.read(operation, otherwise.outcome);
    for (const { end = otherwise } of asked) metrics.read(operation, end.outcome);
    if (audit === undefined) return;
    const latency_ms = Math.round((performance.now() - reading.started) * 1_000) / 1_000;
    const correlation_id = reading.correlationId;
    if (asked.length === 0)
      audit.record({ operation, ...otherwise, latency_ms, correlation_id, identity }, caller);
    for (const { place, key, end = otherwise } of asked) {
      const { projectId: project, environment, path } = place;
      audit.record(
        { operation, ...end, project, environment, path, key, latency_ms, correlation_id, identity },
        caller,
      );
    }
  }
}

/** How an error ends the read that it came from. */
export function endOf({ name, code, retry }: RuntimeHostError): ReadEnd {
  if (name === SecretResolutionError.name) return { outcome: 'not found', error: name, code };
  return { outcome: retry === 'later' ? 'failed' : 'refused', error: name, code };
}
