import { missingPrerequisite } from '../../contracts/core/failures';
import { keyedDigest } from '../../contracts/core/keyed-digest';
import type { Secret } from '../../contracts/core/secret';
import { scrub } from '../../contracts/core/secret-scope';
import { readSecretFile } from '../../environment/files/state-file';
import { secretValues } from '../compose/secret-values';
import type { Stack } from '../compose/stack';

/** The value of one of the stack's secrets, as its file holds it. */
export async function readStackSecret(stack: Stack, name: string): Promise<Secret> {
  const secret = stack.secrets[name];
  const value = secret === undefined ? undefined : await readSecretFile(secret.file);
  if (value !== undefined) return value;
  throw missingPrerequisite(`Secret ${name} has no file${secret === undefined ? '' : ` (${secret.file})`}.`);
}

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

const SHOWN = '[secret]';

/** Replaces every secret of the stack and of its services' environment that stands in `text`, also as part of a URL. */
export async function scrubStackSecrets(stack: Stack, text: string): Promise<string> {
  const own = Object.values(stack.secrets).filter(({ origin }) => origin.kind !== 'rendered');
  const values = await Promise.all(own.map(({ file }) => readSecretFile(file).catch(() => undefined)));
  const ofServices = Object.values(stack.services).flatMap(({ environment }) => Object.entries(environment));
  const forms = values
    .flatMap((value) => (value === undefined || value.isBlank ? [] : [value.reveal()]))
    .concat(secretValues(ofServices))
    .flatMap((value) => [value, encodeURIComponent(value)])
    .filter((value) => value.length >= 4)
    .sort((a, b) => b.length - a.length);
  return scrub(forms.reduce((rest, value) => rest.replaceAll(value, SHOWN), text));
}
