import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';

/** Names and values in env files, given as `up` takes them: FILE or SERVICE=FILE. */
export const givenValues = (envFiles: readonly string[]): [name: string, value: string][] =>
  envFiles.flatMap((file) => Object.entries(parse(readFileSync(file.replace(/^\w+=/, '')))));
