import { pino, type DestinationStream, type Logger } from 'pino';
import type { Operation } from '../contracts/reads/read-request';
import type { ReadSource } from '../contracts/reads/read-result';
import type { ReadOutcome } from './read-metrics';

/** Who asks. A workflow's activity says all of it, a service that uses the library what it wants. */
export interface ReadCaller {
  workflow?: string;
  run?: string;
  activity?: string;
  attempt?: number;
  service?: string;
}

/** One access to one name (or to the names of a folder). Never a value. */
export interface AuditRecord {
  operation: Operation | 'exec';
  outcome: ReadOutcome;
  project?: string;
  environment?: string;
  path?: string;
  key?: string;
  /** Where the value came from; absent when there is none. */
  source?: ReadSource;
  /** Class and code of the error. */
  error?: string;
  code?: string;
  latency_ms: number;
  correlation_id: string;
  /** Client id of the identity; absent without Infisical. */
  identity?: string;
}

/** Writes audit records as JSON lines. */
export interface ReadAudit {
  record(access: AuditRecord, caller: ReadCaller): void;
}

/**
 * Audit by pino to a file (made 0600 at the first access, appended to) or to a stream. `onProblem` hears once of a file
 * that cannot be written.
 */
export function createReadAudit(
  destination: string | DestinationStream,
  onProblem: (message: string) => void = () => {},
): ReadAudit {
  let logger: Pick<Logger, 'info'> | undefined;
  return {
    record: (access, caller) => {
      logger ??=
        typeof destination === 'string' ? fileLogger(destination, onProblem) : auditLogger(destination);
      logger.info({ audit: 'secret.read', ...access, ...caller });
    },
  };
}

const auditLogger = (stream: DestinationStream) =>
  pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);

function fileLogger(path: string, onProblem: (message: string) => void): Pick<Logger, 'info'> {
  const lost = (error: unknown) =>
    onProblem(
      `The audit log ${path} cannot be written (${error instanceof Error ? error.message : String(error)}): reads go on without it.`,
    );
  try {
    // each record is written before its read returns: one that a crash could lose proves nothing
    const file = pino.destination({ dest: path, mode: 0o600, mkdir: true, append: true, sync: true });
    file.once('error', lost).on('error', () => undefined);
    return auditLogger(file);
  } catch (error) {
    lost(error);
    return { info: () => undefined };
  }
}
