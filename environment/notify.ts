import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { badInput } from '../contracts/core/failures';
import { Secret } from '../contracts/core/secret';
import { isLoopback } from '../contracts/core/server-address';
import { readStateFile, secretField, STATE_VERSION, writeStateFile } from './files/state-file';

const NAME = 'notify.json';
const schema = z.object({ version: z.literal(STATE_VERSION), url: secretField, key: secretField });

/** Whom a watch tells of a change, and the key that it signs with. The address may be a credential itself. */
export type Notified = Omit<z.infer<typeof schema>, 'version'>;

/** Undefined where nobody is to be told. */
export const readNotified = (stateDir: string): Promise<Notified | undefined> =>
  readStateFile(stateDir, NAME, schema);

/** Has the address told of changes from now on; the key is made once, and stays. Answers the file that has it. */
export async function saveNotified(stateDir: string, url: Secret): Promise<string> {
  assertAddress(url);
  const before = await readNotified(stateDir);
  const key = before?.key ?? new Secret(randomBytes(32).toString('hex'));
  if (before?.url.equals(url) !== true) await writeStateFile(stateDir, NAME, { url, key });
  return join(stateDir, NAME);
}

export const forgetNotified = (stateDir: string) => rm(join(stateDir, NAME), { force: true });

function assertAddress(url: Secret): void {
  const given = URL.parse(url.reveal());
  const isClear = given?.protocol === 'http:' && isLoopback(url.reveal());
  const hasUser = given !== null && `${given.username}${given.password}` !== '';
  if ((given?.protocol === 'https:' || isClear) && !hasUser) return;
  throw badInput(
    '--notify takes an https:// address without a user in it, or an http:// one on this machine.',
  );
}
