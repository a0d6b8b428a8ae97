import { randomUUID } from 'node:crypto';
import type { Operation, SecretPlace } from '../contracts/reads/read-request';
import { SecretResolutionError, type RuntimeHostError } from '../contracts/reads/read-error';
import type { ReadSource } from '../contracts/reads/read-result';
import { asReadError, type FailedRead } from './as-read-error';
import type { ReadAudit, ReadCaller } from './read-audit';
import type { ReadMetrics, ReadOutcome } from './read-metrics';

/** A secret that is asked for; without a key it is the names of a folder. */
export interface AskedSecret {
  place: SecretPlace;
  key?: string;
}

type Ending = { outcome: ReadOutcome; source?: ReadSource; error?: string; code?: string };

/** One call of one operation, while it lasts. */
export class Access {
  readonly started = performance.now();
  readonly asked: AskedSecret[] = [];
  readonly endings = new Map<AskedSecret, Ending>();

  constructor(readonly correlationId: string) {}

  /** Whatever comes of it, it is audited. */
  ask(secret: AskedSecret): AskedSecret {
    this.asked.push(secret);
    return secret;
  }

  end(secret: AskedSecret, ending: Ending): void {
    this.endings.set(secret, ending);
  }

  endAll(ending: Ending): void {
    this.asked.forEach((secret) => this.end(secret, ending));
  }
}

interface AccessLogOptions {
  audit: ReadAudit | undefined;
  metrics: ReadMetrics;
  host: string;
  identity: string | undefined;
  nameKeys: boolean;
}

/** Runs operations: types their errors, audits every secret that they asked for, counts them. */
export class AccessLog {
  constructor(private readonly options: AccessLogOptions) {}

  async during<T>(
    operation: Operation,
    correlationId: string | undefined,
    caller: ReadCaller,
    work: (access: Access) => Promise<T>,
  ): Promise<T> {
    const access = new Access(correlationId ?? randomUUID());
    try {
      const result = await work(access);
      this.write(operation, access, caller, { outcome: 'served' });
      return result;
    } catch (error) {
      const typed = asReadError(error, this.failed(access.asked, access.correlationId));
      this.write(operation, access, caller, endingOf(typed));
      throw typed;
    }
  }

  /** What an error about them has to say. */
  failed(asked: readonly AskedSecret[], correlationId: string): FailedRead {
    const environment = asked[0]?.place.environment ?? '';
    return { what: this.describe(asked), host: this.options.host, environment, correlationId };
  }

  /** In the words of an error; keys are named only where that was allowed. */
  describe(asked: readonly AskedSecret[]): string {
    const paths = [...new Set(asked.map(({ place }) => place.path))].join(', ');
    const [only, ...others] = asked;
    if (others.length > 0) return `${asked.length} secrets in ${paths}`;
    if (only === undefined) return 'secret';
    if (only.key === undefined) return `folder ${paths}`;
    return this.options.nameKeys ? `secret ${only.key} in ${paths}` : `secret in ${paths}`;
  }

  private write(operation: Operation, access: Access, caller: ReadCaller, otherwise: Ending): void {
    const { audit, metrics, identity } = this.options;
    const latency = Math.round((performance.now() - access.started) * 1_000) / 1_000;
    for (const secret of access.asked.length > 0 ? access.asked : [undefined]) {
      const ending = (secret && access.endings.get(secret)) ?? otherwise;
      metrics.read(operation, ending.outcome);
      audit?.record(
        {
          operation,
          ...ending,
          ...(secret === undefined ? {} : located(secret)),
          latency_ms: latency,
          correlation_id: access.correlationId,
          ...(identity === undefined ? {} : { identity }),
        },
        caller,
      );
    }
  }
}

/** How an error ends the access that it came from. */
export function endingOf({ name, code, retry }: RuntimeHostError): Ending {
  if (name === SecretResolutionError.name) return { outcome: 'not found', error: name, code };
  return { outcome: retry === 'later' ? 'failed' : 'refused', error: name, code };
}

function located({ place, key }: AskedSecret) {
  const { projectId, environment, path } = place;
  return { project: projectId, environment, path, ...(key === undefined ? {} : { key }) };
}
