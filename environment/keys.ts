import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { keyedDigest } from '../contracts/core/keyed-digest';
import { Secret } from '../contracts/core/secret';
import { refused } from '../contracts/core/failures';
import { createFileOnce } from './files/atomic';
import { ownFolder } from './files/own-folder';
import { readSecretFile } from './files/state-file';

const NAME = 'digest-key';

/**
 * The environment's own key for digests: made once, kept 0600, so that digests tell nothing to others. Where only the
 * secrets were restored from a backup, the copy among them is it.
 */
export async function installationKey(stateDir: string): Promise<Secret> {
  const path = join(stateDir, NAME);
  const stored = await readSecretFile(path);
  if (stored !== undefined) return stored;
  const copy = await readSecretFile(copyOf(stateDir));
  return new Secret(await createFileOnce(path, copy?.reveal() ?? randomBytes(32).toString('hex')));
}

/** Keeps a copy beside the secrets that the key's fingerprints are of: they are what is backed up. */
export async function keepKeyCopy(stateDir: string): Promise<void> {
  const path = copyOf(stateDir);
  if ((await readSecretFile(path)) === undefined)
    await createFileOnce(path, (await installationKey(stateDir)).reveal());
}

const copyOf = (stateDir: string) => join(stateDir, 'secrets', NAME);

/** Marks on the server what this installation made: two state directories never take each other's secrets for orphans. */
export async function installationTag(stateDir: string): Promise<string> {
  return `onex-bootstrap ${keyedDigest(await installationKey(stateDir), new Secret('tag'))}`;
}

/** Six digits that tell the state directories of a host apart, in queues and paths. Made once. */
export async function installationId(stateRoot: string): Promise<string> {
  await ownFolder(stateRoot);
  const path = join(stateRoot, 'installation');
  const id = await createFileOnce(path, randomBytes(3).toString('hex'));
  if (/^[0-9a-f]{6}$/.test(id)) return id;
  throw refused(`${path} does not hold six hexadecimal digits: move it away.`);
}
