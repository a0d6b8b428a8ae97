import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Secret } from '../../contracts/core/secret';
import { createFileOnce } from './create-file-once';

/** The environment's own key for digests: made once, kept 0600, so that digests tell nothing to others. */
export async function installationKey(stateDir: string): Promise<Secret> {
  return new Secret(await createFileOnce(join(stateDir, 'digest-key'), randomBytes(32).toString('hex')));
}
