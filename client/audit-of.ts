import { join } from 'node:path';
import { createReadAudit, type ReadAudit } from '../reads/read-audit';
import type { Configuration } from '../environment/configuration';

/** This machine's audit of reads: ONEX_AUDIT_FILE, else `audit.log` in the state directory. */
export function auditOf(
  { reads, stateRoot }: Configuration,
  onProblem: (message: string) => void,
): ReadAudit {
  return createReadAudit(reads.auditFile ?? join(stateRoot, 'audit.log'), onProblem);
}
