import { join } from 'node:path';
import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import { isSecret, Secret } from '../../contracts/core/secret';
import { writeFileAtomic } from './atomic';
import { readKept } from './system';

/** The only version of our state files so far; a file that says another was written by a newer release. */
export const STATE_VERSION = 1;

/** Reads one JSON file of the state directory; undefined where there is none. No value shows in its errors. */
export async function readStateFile<T>(
  stateDir: string,
  name: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const path = join(stateDir, name);
  const content = await readSecretFile(path);
  if (content === undefined) return undefined;
  return parseState(path, content.reveal(), schema);
}

/** Replaces one JSON file of the state directory; its version is added. */
export async function writeStateFile(stateDir: string, name: string, content: object): Promise<void> {
  await writeFileAtomic(join(stateDir, name), stateText(content));
}

/** The text of a state file with this content. Secrets in it are written out: state files are where they are kept. */
export function stateText(content: object): string {
  const revealed = function (this: Record<string, unknown>, key: string, value: unknown) {
    const original = this[key]; // `value` went through toJSON, which hides a Secret
    return isSecret(original) ? original.reveal() : value;
  };
  return `${JSON.stringify({ version: STATE_VERSION, ...content }, revealed, 2)}\n`;
}

/** The content of a file without its last line break; undefined where there is no such file. */
export async function readSecretFile(path: string): Promise<Secret | undefined> {
  const text = (await readKept(path))?.toString('utf8');
  return text === undefined ? undefined : new Secret(text.replace(/\r?\n$/, ''));
}

/** A field of a state file, not empty, that becomes a Secret as soon as it is read. */
export const secretField = z
  .string()
  .min(1)
  .transform((value) => new Secret(value));

/** Reads the text of a state file found at `path`. */
export function parseState<T>(path: string, text: string, schema: z.ZodType<T>): T {
  const json = parseJson(text);
  if (json === undefined)
    throw refused(`${path} is not JSON. Restore it from a backup, or move it away and run again.`);
  assertKnownVersion(path, json);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'content').join(', ');
  throw refused(`${path} has no usable ${fields}. Restore it from a backup, or move it away and run again.`);
}

/** Refuses the content of a file that a newer release wrote; one without a version is older than versions. */
export function assertKnownVersion(path: string, json: unknown): void {
  if (versionOf(json) > STATE_VERSION)
    throw refused(
      `${path} was written by a newer onex-bootstrap (version ${versionOf(json)}): use that one.`,
    );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function versionOf(json: unknown): number {
  const version = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined;
  return typeof version === 'number' ? version : 0;
}
