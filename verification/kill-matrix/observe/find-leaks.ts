import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { places } from '../machine/places';
import { givenValues } from './given-values';
import { readHistories } from './read-histories';

const SHORTEST = 8; // a shorter one, such as a port, would be found by accident

/** Where a value of this run can be read that should not: histories, output, logs, containers, processes, open files. */
export async function findLeaks(envFiles: readonly string[], printed: string): Promise<string[]> {
  const values = valuesOf(envFiles);
  const texts: Record<string, string> = {
    'what up printed': printed,
    'histories of Temporal': await readHistories(),
    'arguments of processes': processArguments(),
    ...containerTexts(),
    ...openFiles(places.state),
    ...openFiles(places.nodes),
  };
  return Object.entries(texts).flatMap(([place, text]) => {
    const found = values.filter(({ value }) => text.includes(value));
    return found.map(({ name }) => `${name} in ${place}`);
  });
}

function valuesOf(envFiles: readonly string[]): { name: string; value: string }[] {
  const secrets = join(places.ofEnvironment, 'secrets');
  const generated = readdirSync(secrets).map((name) => [
    name,
    readFileSync(join(secrets, name), 'utf8').trim(),
  ]);
  const stored = ['admin.json', 'identity.json', 'bootstrap-token']
    .map((name) => join(places.ofEnvironment, name))
    .filter((path) => existsSync(path))
    .flatMap((path) => [
      ...readFileSync(path, 'utf8').matchAll(/"(password|clientSecret|token)": ?"([^"]+)"/g),
    ])
    .map(([, name, value]) => [name, value]);
  const key = ['digest-key', readFileSync(join(places.ofEnvironment, 'digest-key'), 'utf8')];
  return [...givenValues(envFiles), ...generated, ...stored, key]
    .map(([name = '', value = '']) => ({ name, value }))
    .filter(({ value }) => value.length >= SHORTEST);
}

function containerTexts(): Record<string, string> {
  const docker = (...args: string[]) =>
    execFileSync('sh', ['-c', 'docker "$@" 2>&1', 'sh', ...args]).toString();
  const ids = docker('ps', '-aq').split('\n').filter(Boolean);
  return Object.fromEntries(
    ids.flatMap((id) => [
      [`log of container ${id}`, docker('logs', id)],
      [`description of container ${id}`, docker('inspect', id)],
    ]),
  );
}

const processArguments = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readIfThere(`/proc/${pid}/cmdline`))
    .join('\n');

/** Files that others than their owner can read: neither 0600 nor inside a folder that only the owner enters. */
function openFiles(folder: string, isOpen = true): Record<string, string> {
  const open = isOpen && (statSync(folder).mode & 0o077) !== 0;
  return Object.assign(
    {},
    ...readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return openFiles(path, open);
      const readable = open && (statSync(path).mode & 0o077) !== 0;
      return readable || entry.name.endsWith('.log') ? { [path]: readFileSync(path, 'latin1') } : {};
    }),
  ) as Record<string, string>;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
