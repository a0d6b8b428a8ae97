import { ValueError } from '@temporalio/common';
import { Secret, isSecret } from '../../contracts/core/secret';

const LEAF = '$secret';
// A user's own key that looks like ours travels with one `$` more, in texts that hold Secrets.
const ALIKE = /^\$+secret$/;
const ALIKE_AWAY = /^\$\$+secret$/;

/** `value` as JSON in which each Secret is `{"$secret": "<plain>"}`; undefined where it holds none. */
export function stringifySecrets(value: unknown): string | undefined {
  let found = false;
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key: string, given: unknown) {
    const secret = [this[key], given].find(isSecret); // `given` is what toJSON has made of it
    if (secret === undefined) return renamed(given, ALIKE, (name) => `$${name}`);
    found = true;
    return { [LEAF]: secret.reveal() };
  });
  return found ? text : undefined;
}

/** Undoes `stringifySecrets`. */
export function parseSecrets(text: string): unknown {
  return parse(text, (_key, value) => {
    const content = contentOf(value);
    return typeof content === 'string'
      ? new Secret(content)
      : renamed(value, ALIKE_AWAY, (name) => name.slice(1));
  });
}

/** The same JSON with other content in each leaf. */
export function mapLeaves(text: string, map: (content: unknown) => unknown): string {
  const value = parse(text, (_key, part) => {
    const content = contentOf(part);
    return content === undefined ? part : { [LEAF]: map(content) };
  });
  return JSON.stringify(value);
}

function parse(text: string, revive: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, revive);
  } catch (error) {
    // its message quotes the text
    if ((error as Error).name === 'SyntaxError') throw new ValueError('A payload with Secrets is no JSON.');
    throw error;
  }
}

function contentOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const [[key, content] = [], ...others] = Object.entries(value);
  return key === LEAF && others.length === 0 ? content : undefined;
}

function renamed(value: unknown, which: RegExp, rename: (name: string) => string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  if (!entries.some(([name]) => which.test(name))) return value;
  return Object.fromEntries(entries.map(([name, part]) => [which.test(name) ? rename(name) : name, part]));
}
