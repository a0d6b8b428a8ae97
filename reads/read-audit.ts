import { pino, type DestinationStream } from 'pino';
import { systemReason } from '../environment/files/system';
import type { Operation } from '../contracts/reads/read-request';
import type { ReadSource } from '../contracts/reads/read-result';

/** Who asks. A workflow's activity says all of it, a service that uses the library what it wants. */
export interface ReadCaller {
  workflow?: string;
  run?: string;
  activity?: string;
  attempt?: number;
  service?: string;
}

export type ReadOutcome = 'served' | 'not found' | 'refused' | 'failed';

/** One access to one name (or to the names of a folder). Never a value. */
export interface ReadRecord {
  operation: Operation | 'exec';
  outcome: ReadOutcome;
  project?: string | undefined;
  environment?: string | undefined;
  path?: string | undefined;
  key?: string | undefined;
  /** Where the value came from; absent when there is none. */
  source?: ReadSource | undefined;
  /** Class and code of the error. */
  error?: string | undefined;
  code?: string | undefined;
  latency_ms: number;
  correlation_id: string;
  /** Client id of the identity; absent without Infisical. */
  identity?: string | undefined;
}

/** Writes audit records as JSON lines. */
export interface ReadAudit {
  record(read: ReadRecord, caller: ReadCaller): void;
}

/** Of a logger whose lines these are among. */
const INFO = 30;

/**
 * Audit to a file (made 0600 at the first access, appended to) or to a stream. `onProblem` hears once of a file that
 * cannot be written.
 */
export function createReadAudit(
  destination: string | DestinationStream,
  onProblem: (message: string) => void = () => {},
): ReadAudit {
  const open = () => (typeof destination === 'string' ? openFile(destination, onProblem) : destination);
  let stream: DestinationStream | undefined;
  return {
    record: (read, caller) => {
      stream ??= open();
      // by hand: each cached read waits for its line, and a logger takes twice as long
      const time = new Date().toISOString();
      const asked = JSON.stringify(read).slice(1, -1);
      const asker = JSON.stringify(caller).slice(1, -1);
      stream.write(
        `{"level":${INFO},"time":"${time}","audit":"secret.read",${asked}${asker && `,${asker}`}}\n`,
      );
    },
  };
}

function openFile(path: string, onProblem: (message: string) => void): DestinationStream {
  const lost = (error: unknown) =>
    onProblem(`The audit log ${path} cannot be written (${systemReason(error)}): reads go on without it.`);
  try {
    // each record is written before its read returns: one that a crash could lose proves nothing
    const file = pino.destination({ dest: path, mode: 0o600, mkdir: true, append: true, sync: true });
    file.once('error', lost).on('error', () => undefined);
    return file;
  } catch (error) {
    lost(error);
    return { write: () => undefined };
  }
}
