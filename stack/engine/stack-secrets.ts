import { missingPrerequisite } from '../../contracts/core/failures';
import { keyedDigest } from '../../contracts/core/keyed-digest';
import type { Secret } from '../../contracts/core/secret';
import { readSecretFile } from '../../environment/files/state-file';
import type { Stack, StackSecret } from '../compose/stack';

/** The value of one of the stack's secrets, as its file holds it. */
export async function readStackSecret(stack: Stack, name: string): Promise<Secret> {
  const secret = stack.secrets[name];
  const value = secret === undefined ? undefined : await readSecretFile(secret.file);
  if (value !== undefined) return value;
  throw missingPrerequisite(`Secret ${name} has no file${secret === undefined ? '' : ` (${secret.file})`}.`);
}

/** Beside a secret's file: what it is to become (rotate-secret.ts). */
export const nextFile = ({ file }: StackSecret) => `${file}.next`;

/** What a secret is to become; undefined where nobody is changing it. */
export const readNextSecret = (secret: StackSecret) => readSecretFile(nextFile(secret));

/** Keyed digests of the named secrets by name; a secret without a file has none. */
export async function digestStackSecrets(
  stack: Stack,
  names: readonly string[],
  key: Secret,
): Promise<Record<string, string>> {
  const entries = names.map(async (name) => {
    const file = stack.secrets[name]?.file;
    const value = file === undefined ? undefined : await readSecretFile(file);
    return value === undefined ? [] : [[name, keyedDigest(key, value)] as const];
  });
  return Object.fromEntries((await Promise.all(entries)).flat());
}
