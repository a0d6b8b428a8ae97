import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createFileOnce } from '../../environment/files/atomic';
import { readSecretFile } from '../../environment/files/state-file';
import { Secret } from '../../contracts/core/secret';

const TOKEN_BYTES = 32;

/** Where the token is that may seal, and may not open. */
export const accessTokenFile = (dir: string) => join(dir, 'access-token');

/** The codec server's own token, made on first use and kept 0600. */
export async function ensureAccessToken(dir: string): Promise<Secret> {
  const path = accessTokenFile(dir);
  return (await readSecretFile(path)) ?? new Secret(await createFileOnce(path, newToken()));
}

/** A token that nobody can guess, safe in URLs and headers. */
export const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');
