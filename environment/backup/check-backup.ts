import { basename } from 'node:path';
import { refused } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { readArchive, type Entry } from './archive';
import { fileDigest, KEY_ENTRY, MANIFEST, parseManifest, type Manifest } from './manifest';
import { DumpRows, type Counted } from './row-digests';
import type { Opening } from './seal';

const DUMP = /^databases\/([^/]+)\/(\d{6})\.sql$/;

/** The name of a part of a database's dump; parts count from 0. */
export const dumpPart = (service: string, part: number) =>
  `databases/${service}/${String(part).padStart(6, '0')}.sql`;

/**
 * Reads a whole backup and compares it with its manifest; nothing is written, no value is kept. Refused, by what is wrong,
 * where it is cut off, was changed, or is none of ours.
 */
export async function checkBackup(
  path: string,
  opening: Opening,
): Promise<{ manifest: Manifest; key: Secret }> {
  const file = basename(path);
  const files: Manifest['files'] = {};
  const dumps = new Map<string, { rows: DumpRows; parts: number }>();
  let key: Secret | undefined;
  let manifest: Manifest | undefined;
  for await (const { name, content } of readArchive(path, opening)) {
    if (key === undefined && name !== KEY_ENTRY) throw refused(`${file} is no backup of onex-bootstrap.`);
    key ??= new Secret(content.toString('utf8').trim());
    if (manifest !== undefined) throw refused(`${file} holds something after its manifest: it was changed.`);
    const [, service, part] = DUMP.exec(name) ?? [];
    if (name === MANIFEST) manifest = parseManifest(content.toString('utf8'), key, file);
    else if (service === undefined)
      files[name] = { bytes: content.length, digest: fileDigest(key, name, content) };
    else {
      const dump = dumps.get(service) ?? { rows: new DumpRows(key), parts: 0 };
      dumps.set(service, dump);
      if (dump.parts++ !== Number(part)) throw refused(`${file} lacks a part of the database of ${service}.`);
      dump.rows.write(content);
    }
  }
  if (manifest === undefined || key === undefined)
    throw refused(`${file} has no manifest: it is no whole backup.`);
  const wrong = differences(
    Object.fromEntries(Object.entries(manifest.files).map(([name, { digest }]) => [name, digest])),
    Object.fromEntries(Object.entries(files).map(([name, { digest }]) => [name, digest])),
  );
  for (const service of new Set([...Object.keys(manifest.databases), ...dumps.keys()]))
    wrong.push(
      ...changedTables(
        manifest.databases[service]?.tables ?? {},
        dumps.get(service)?.rows.tables() ?? {},
      ).map((table) => `${service} ${table}`),
    );
  if (wrong.length > 0) throw refused(`${file} is not what its manifest says: ${told(wrong)}.`);
  return { manifest, key };
}

/** Tables whose rows are others. */
export const changedTables = (one: Record<string, Counted>, other: Record<string, Counted>): string[] =>
  differences(textOf(one), textOf(other));

const textOf = (tables: Record<string, Counted>) =>
  Object.fromEntries(Object.entries(tables).map(([name, { count, digest }]) => [name, `${count} ${digest}`]));

/** Names under which two records have something else. */
export function differences(one: Record<string, string>, other: Record<string, string>): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]).sort();
}

const MOST_TOLD = 5;

/** The first of many names. */
export const told = (names: readonly string[]) =>
  names.length <= MOST_TOLD
    ? names.join(', ')
    : `${names.slice(0, MOST_TOLD).join(', ')} and ${names.length - MOST_TOLD} more`;

/** The dump of one database, in order. */
export async function* dumpIn(path: string, opening: Opening, service: string): AsyncGenerator<Buffer> {
  for await (const { name, content } of readArchive(path, opening))
    if (DUMP.exec(name)?.[1] === service) yield content;
}

/** The other files of a backup, without its manifest. */
export async function* filesIn(path: string, opening: Opening): AsyncGenerator<Entry> {
  for await (const entry of readArchive(path, opening))
    if (!DUMP.test(entry.name) && entry.name !== MANIFEST) yield entry;
}
