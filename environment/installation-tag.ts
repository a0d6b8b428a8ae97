import { keyedDigest } from '../contracts/core/keyed-digest';
import { Secret } from '../contracts/core/secret';
import { installationKey } from './files/installation-key';

/** Marks on the server what this installation made: two state directories never take each other's secrets for orphans. */
export async function installationTag(stateDir: string): Promise<string> {
  return `onex-bootstrap ${keyedDigest(await installationKey(stateDir), new Secret('tag'))}`;
}
