import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LastKnownGood, type LastKnownGoodOptions } from '../../../reads/copies/last-known-good';
import { lastKnownGoodKey } from '../../../reads/copies/record-seal';
import type { CopyPlace } from '../../../reads/copies/record-files';
import { Secret } from '../../../contracts/core/secret';

export const kafka: CopyPlace = {
  host: 'https://secrets.example.com',
  projectId: '1f3c1e2a-0000-4000-8000-000000000001',
  environment: 'dev',
  path: '/shared/kafka',
  identity: '1f3c1e2a-0000-4000-8000-00000000000a',
};

export const NOON = Date.UTC(2026, 10, 25, 12);

/** A new object over the same folder is what a restarted process has. */
export function openCopies(directory: string, options: Partial<LastKnownGoodOptions> = {}) {
  const problems: { message: string; reason: string }[] = [];
  const copies = new LastKnownGood({
    directory,
    key: lastKnownGoodKey(undefined, new Secret('the client secret')),
    maxAgeSeconds: 3600,
    clock: () => NOON,
    onProblem: (message, reason) => problems.push({ message, reason }),
    ...options,
  });
  return { copies, problems, reasons: () => problems.map(({ reason }) => reason) };
}

export const secret = (key: string, value: string, version = 1) => ({
  key,
  value: new Secret(value),
  version,
});

/** The record files under `directory`, by path. */
export function recordFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath !== directory)
    .map((entry) => join(entry.parentPath, entry.name));
}

export const onlyRecord = (directory: string): string => {
  const [path, ...others] = recordFiles(directory);
  if (path === undefined || others.length > 0) throw new Error(`${others.length + 1} records, one expected`);
  return path;
};

export const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
