import { pino, type DestinationStream } from 'pino';
import type { Operation } from '../../contracts/reads/operation';
import type { ReadSource } from '../../contracts/reads/read-result';
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
  operation: Operation;
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

/** Audit by pino to a file (made 0600, appended to) or a stream. `onProblem` hears once of a disk that takes no more. */
export function createReadAudit(
  destination: string | DestinationStream,
  onProblem: (message: string) => void = () => {},
): ReadAudit {
  const stream = typeof destination === 'string' ? openFile(destination, onProblem) : destination;
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  return { record: (access, caller) => logger.info({ audit: 'secret.read', ...access, ...caller }) };
}

function openFile(path: string, onProblem: (message: string) => void): DestinationStream {
  // each record is written before its read returns: one that a crash could lose proves nothing
  const file = pino.destination({ dest: path, mode: 0o600, mkdir: true, append: true, sync: true });
  let told = false;
  file.on('error', (error: Error) => {
    if (!told)
      onProblem(`The audit log ${path} cannot be written: ${error.message}. Reads go on without it.`);
    told = true;
  });
  return file;
}
