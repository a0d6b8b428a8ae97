import { randomBytes } from 'node:crypto';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { badInput, refused } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { createFileOnce, writeFileAtomic } from '../../environment/files/atomic';
import { readSecretFile } from '../../environment/files/state-file';
import { renderTemplate } from '../compose/render-template';
import type { SecretFormat, SecretOrigin, Stack, StackSecret } from '../compose/stack';

export interface EnsuredSecret {
  name: string;
  /** `taken` from the operator's environment; `rendered` anew because a part of it changed. */
  action: 'generated' | 'taken' | 'rendered' | 'kept';
}

type Values = ReadonlyMap<string, Secret>;

/**
 * Makes every secret file of the stack that is absent, durable before anybody uses it, and never overwrites one. An
 * operator's variable that differs from the file is refused. Values are never returned.
 */
export async function ensureStackSecrets(
  stack: Stack,
  { variables }: { variables: Values },
): Promise<EnsuredSecret[]> {
  const made = Object.values(stack.secrets).filter(({ origin }) => origin.kind !== 'operator');
  for (const folder of new Set(made.map(({ file }) => dirname(file)))) await ownFolder(folder);
  const values = new Map<string, Secret>();
  const results: EnsuredSecret[] = [];
  // Rendered files come last: they are made of the others.
  const isRendered = ({ origin }: StackSecret) => Number(origin.kind === 'rendered');
  for (const secret of Object.values(stack.secrets).sort((a, b) => isRendered(a) - isRendered(b))) {
    const { value, action } = await ensureOne(secret, variables, values);
    values.set(secret.name, value);
    results.push({ name: secret.name, action });
  }
  return results;
}

interface Ensured {
  value: Secret;
  action: EnsuredSecret['action'];
}

async function ensureOne(secret: StackSecret, variables: Values, values: Values): Promise<Ensured> {
  const stored = await readSecretFile(secret.file);
  const { origin } = secret;
  switch (origin.kind) {
    case 'operator':
      if (stored !== undefined) return { value: stored, action: 'kept' };
      throw badInput(`Secret ${secret.name} has no file: write its value to ${secret.file} (mode 0600).`);
    case 'rendered':
      return render(secret, origin.template, stored, values);
    case 'generated':
      return generate(secret, origin, stored, variables);
  }
}

async function generate(
  secret: StackSecret,
  { format, from }: SecretOrigin & { kind: 'generated' },
  stored: Secret | undefined,
  variables: Values,
): Promise<Ensured> {
  const named = from === undefined ? undefined : variables.get(from);
  const wanted = named?.isBlank === true ? undefined : named;
  if (stored?.isBlank === true) {
    throw refused(
      `Secret ${secret.name} is blank in ${secret.file}: restore the file, or remove it if nothing has used it.`,
    );
  }
  if (stored !== undefined) {
    if (wanted !== undefined) assertSame(secret, from, wanted, stored);
    await setMode(secret);
    return { value: stored, action: 'kept' };
  }
  if (wanted !== undefined && /[\r\n\0]/.test(wanted.reveal())) {
    throw badInput(
      `${from} holds a line break or NUL and cannot become secret ${secret.name}: use a value on one line.`,
    );
  }
  const content = wanted?.reveal() ?? generated(format);
  const value = new Secret(await createFileOnce(secret.file, content, secret.mode));
  if (wanted !== undefined) assertSame(secret, from, wanted, value);
  return { value, action: wanted === undefined ? 'generated' : 'taken' };
}

function assertSame({ name, file }: StackSecret, from: string | undefined, given: Secret, stored: Secret) {
  if (given.equals(stored)) return;
  throw refused(
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

function generated(format: SecretFormat): string {
  switch (format) {
    case 'hex-16':
      return randomBytes(16).toString('hex');
    case 'hex-32':
      return randomBytes(32).toString('hex');
    case 'base64-32':
      return randomBytes(32).toString('base64');
  }
}

// Files of mode 0444 are safe only because nobody else can enter their folder.
async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (((await stat(folder)).mode & 0o077) !== 0) await chmod(folder, 0o700);
}

async function setMode({ file, mode }: StackSecret): Promise<void> {
  if (((await stat(file)).mode & 0o777) !== mode) await chmod(file, mode);
}
