import { execFileSync } from 'node:child_process';
import { places } from '../machine/places';
import { NAMES_SQL } from './names-sql';

const COMMAND =
  'PGPASSWORD=$(cat /run/secrets/postgres_password) psql -h 127.0.0.1 -U infisical -d infisical -At -c "$0"';

/** Throws while the database does not answer. */
export function databaseNames(): string[] {
  const args = ['exec', places.container('postgres'), 'sh', '-c', COMMAND, NAMES_SQL];
  return linesOf(execFileSync('docker', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
}

const linesOf = (text: string) => text.split('\n').filter(Boolean);
