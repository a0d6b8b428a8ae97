import { join } from 'node:path';
import { destination, pino } from 'pino';
import { makeFolder } from '../../environment/files/atomic';

/** One request to the codec server; never a value, never a token. */
export interface RequestRecord {
  /** `token`, the name of a grant, or `unknown`. */
  who: string;
  route: string;
  namespace: string | undefined;
  origin: string | undefined;
  status: number;
  outcome: string;
  payloads: number;
  /** Secrets that were sealed or opened. */
  leaves: number;
  /** Namespaces and workflows that what was asked for is of, as far as it says: 20 at most. */
  places: string[];
}

export const auditFile = (dir: string) => join(dir, 'audit.log');

/** Writes a JSON line a request to a file of mode 0600, before the request is answered. */
export async function openAuditLog(dir: string): Promise<(record: RequestRecord) => void> {
  await makeFolder(dir);
  const logger = pino({ base: null }, destination({ dest: auditFile(dir), mode: 0o600, sync: true }));
  return (record) => logger.info(record);
}
