import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { refused, unavailable } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import type { Ready } from '../compose/stack';
import { inPostgres, probe } from './probe';

const WRONG_PASSWORD = '28P01';
const ITERATIONS = 4096; // PostgreSQL's own

/**
 * Gives a role its next password, where it has not got it yet. What is sent is the verifier that the server would keep of
 * it, as psql's \password sends it: the password itself stands in no statement, and in no log of one.
 */
export async function setPostgresPassword(
  ready: Extract<Ready, { protocol: 'postgres' }>,
  { old, next }: { old: Secret; next: Secret },
): Promise<void> {
  const found = await probe(ready, next);
  if (found.state === 'ready') return;
  // whoever listens there may be a stranger, who gets no login
  if (found.state === 'waiting') throw unavailable(`Postgres cannot be asked: ${found.reason}.`);
  const { user } = ready;
  try {
    await inPostgres(ready, old, (client) =>
      client.query(
        `ALTER ROLE ${client.escapeIdentifier(user)} PASSWORD ${client.escapeLiteral(verifierOf(next))}`,
      ),
    );
  } catch (cause) {
    if ((cause as { code?: string }).code === WRONG_PASSWORD)
      throw refused(
        `Postgres lets ${user} in with neither the old nor the new password of this rotation. Set the one of its file: \\password in psql, within the container.`,
      );
    throw unavailable(`Postgres did not take a new password for ${user}.`, { cause });
  }
}

/** RFC 5803, as PostgreSQL writes it. The password must be ASCII, as generated ones are. */
function verifierOf(password: Secret): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.reveal(), salt, ITERATIONS, 32, 'sha256');
  const keyed = (name: string) => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const server = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`;
}
