import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'dotenv';

/** Copies an env file with a value for each key that can be found wherever it shows. Gives the path of the copy. */
export function writeCanaries(source: string, target: string): string {
  const keys = Object.keys(parse(readFileSync(source)));
  const lines = keys.map((key) => `${key}=canary-${randomBytes(8).toString('hex')}\n`);
  writeFileSync(target, lines.join(''), { mode: 0o600 });
  return target;
}

/** Names and values in env files, given as `up` takes them: FILE or SERVICE=FILE. */
export const givenValues = (envFiles: readonly string[]): { name: string; value: string }[] =>
  envFiles
    .flatMap((file) => Object.entries(parse(readFileSync(file.replace(/^\w+=/, '')))))
    .map(([name, value]) => ({ name, value }));
