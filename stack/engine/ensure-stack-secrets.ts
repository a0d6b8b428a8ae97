import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type Docker from 'dockerode';
import { badInput, refused } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { createFileOnce, writeFileAtomic } from '../../environment/files/atomic';
import { newSecret } from '../../environment/files/new-secret';
import { readSecretFile } from '../../environment/files/state-file';
import { givenKeyProblem } from '../compose/given-key';
import { renderTemplate, templateSecrets } from '../compose/render-template';
import type { SecretOrigin, Stack, StackSecret } from '../compose/stack';
import { listAll } from './containers';
import { volumeLabelsOf } from './volume-owner';

export interface EnsuredSecret {
  name: string;
  /** `taken` from the operator's environment; `rendered` anew because a part of it changed. */
  action: 'generated' | 'taken' | 'rendered' | 'kept';
}

type Values = ReadonlyMap<string, Secret>;

interface Given {
  variables: Values;
  /** Whether anything was made with a secret already. */
  isUsed?: (name: string) => Promise<boolean>;
}

/**
 * Makes every secret file of the stack that is absent, durable before anybody uses it, and never overwrites one that
 * was used. An operator's variable that differs from such a file is refused. Values are never returned.
 */
export async function ensureStackSecrets(stack: Stack, given: Given): Promise<EnsuredSecret[]> {
  const made = Object.values(stack.secrets).filter(({ origin }) => origin.kind !== 'operator');
  for (const folder of new Set(made.map(({ file }) => dirname(file)))) await ownFolder(folder);
  const values = new Map<string, Secret>();
  const results: EnsuredSecret[] = [];
  // Rendered files come last: they are made of the others.
  const isRendered = ({ origin }: StackSecret) => Number(origin.kind === 'rendered');
  for (const secret of Object.values(stack.secrets).sort((a, b) => isRendered(a) - isRendered(b))) {
    const { value, action } = await ensureOne(stack, secret, given, values);
    values.set(secret.name, value);
    results.push({ name: secret.name, action });
  }
  return results;
}

interface Ensured {
  value: Secret;
  action: EnsuredSecret['action'];
}

async function ensureOne(stack: Stack, secret: StackSecret, given: Given, values: Values): Promise<Ensured> {
  const stored = await readSecretFile(secret.file);
  const { origin } = secret;
  switch (origin.kind) {
    case 'operator':
      if (stored !== undefined) return { value: stored, action: 'kept' };
      throw badInput(`Secret ${secret.name} has no file: write its value to ${secret.file} (mode 0600).`);
    case 'rendered':
      return render(secret, origin.template, stored, values);
    case 'generated':
      return generate(stack, secret, origin, stored, given);
  }
}

async function generate(
  stack: Stack,
  secret: StackSecret,
  { format, from }: SecretOrigin & { kind: 'generated' },
  stored: Secret | undefined,
  { variables, isUsed = () => Promise.resolve(true) }: Given,
): Promise<Ensured> {
  const named = from === undefined ? undefined : variables.get(from);
  const wanted = named?.isBlank === true ? undefined : named;
  if (stored?.isBlank === true) {
    throw refused(
      `Secret ${secret.name} is blank in ${secret.file}: restore the file, or remove it if nothing has used it.`,
    );
  }
  if (stored !== undefined && (wanted === undefined || wanted.equals(stored))) {
    await setMode(secret);
    return { value: stored, action: 'kept' };
  }
  const problem = wanted === undefined ? undefined : givenKeyProblem(stack, secret.name, wanted);
  if (problem !== undefined)
    throw badInput(`${from} cannot become secret ${secret.name}, because it ${problem}.`);
  if (stored !== undefined && wanted !== undefined) {
    if (await isUsed(secret.name)) throw otherThanStored(secret, from);
    await writeFileAtomic(secret.file, wanted.reveal(), { mode: secret.mode });
    return { value: wanted, action: 'taken' };
  }
  const content = (wanted ?? newSecret(format)).reveal();
  const value = new Secret(await createFileOnce(secret.file, content, secret.mode));
  if (wanted?.equals(value) === false) throw otherThanStored(secret, from);
  return { value, action: wanted === undefined ? 'generated' : 'taken' };
}

function otherThanStored({ name, file }: StackSecret, from: string | undefined) {
  return refused(
    `${from} differs from secret ${name}, which this environment already uses (${file}). Unset ${from} to keep the stored one; to change it, change it in the running service first and then in that file.`,
  );
}

async function render(
  secret: StackSecret,
  template: string,
  stored: Secret | undefined,
  values: Values,
): Promise<Ensured> {
  const text = renderTemplate(template, (name) => values.get(name)!.reveal());
  const value = new Secret(text.replace(/\r?\n$/, ''));
  if (stored?.equals(value) === true) {
    await setMode(secret);
    return { value, action: 'kept' };
  }
  await writeFileAtomic(secret.file, text, { mode: secret.mode });
  return { value, action: 'rendered' };
}

// Files of mode 0444 are safe only because nobody else can enter their folder.
async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (((await stat(folder)).mode & 0o077) !== 0) await chmod(folder, 0o700);
}

async function setMode({ file, mode }: StackSecret): Promise<void> {
  if (((await stat(file)).mode & 0o777) !== mode) await chmod(file, mode);
}

/**
 * Whether anything on this engine was made with a secret: a container that sees its file or one rendered of it, a
 * volume that it is a key of. True where that cannot be told.
 */
export async function isSecretUsed(engine: Docker, stack: Stack, name: string): Promise<boolean> {
  const holders = Object.values(stack.secrets).filter(
    (secret) =>
      secret.name === name ||
      (secret.origin.kind === 'rendered' && templateSecrets(secret.origin.template).names.includes(name)),
  );
  const files = holders.map(({ file }) => file);
  const volumes = Object.values(stack.volumes).filter(({ keys }) => keys.includes(name));
  try {
    const containers = await listAll(engine);
    if (containers.some(({ Mounts }) => Mounts.some(({ Source }) => files.includes(Source)))) return true;
    const labels = await Promise.all(volumes.map(({ engineName }) => volumeLabelsOf(engine, engineName)));
    return labels.some((found) => found !== undefined);
  } catch {
    return true;
  }
}
