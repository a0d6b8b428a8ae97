import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { missingPrerequisite, unavailable } from '../../contracts/core/failures';
import { keyedDigest } from '../../contracts/core/keyed-digest';
import { Secret } from '../../contracts/core/secret';
import type { Stack } from '../../stack/compose/stack';
import { databaseServices, dumpDatabase, openDatabase, serverVersion } from '../../stack/engine/database';
import type { Progress } from '../../stack/engine/run-command';
import type { Environment } from '../environment';
import { ifThere } from '../files/system';
import { readSecretFile, readStateFile, STATE_VERSION, writeStateFile } from '../files/state-file';
import { writeArchive, type Entry } from './archive';
import { dumpPart } from './check-backup';
import { fileDigest, KEY_ENTRY, MANIFEST, manifestText, manifestVersion, type Manifest } from './manifest';
import { DumpRows, type Counted } from './row-digests';
import { backupSettings, sealingOf, type BackupSettings } from './settings';

/** What is no state: locks, the marks of runs, and what is made again. */
const LEFT_OUT =
  /^(trials|plans|trouble|last-known-good|drill|upgrades)(\/|$)|^(writer\.json|up|restoring\.json|upgrade\.json)$|\.lock($|\.)|(^|\/)\..*\.tmp$/;
const PART_BYTES = 1024 * 1024;
const LAST = 'last-backup.json';

const lastSchema = z.object({
  version: z.literal(STATE_VERSION),
  /** Name of the file in the folder of backups. */
  file: z.string(),
  made: z.string(),
  bytes: z.int(),
  tables: z.int(),
  rows: z.int(),
  secrets: z.int().optional(),
});

/** The last backup of an environment, in counts. */
export type LastBackup = Omit<z.infer<typeof lastSchema>, 'version'>;

export const lastBackup = (stateDir: string, name = LAST): Promise<LastBackup | undefined> =>
  readStateFile(stateDir, name, lastSchema);

export interface BackupOptions extends Progress {
  /** When the backup was asked for: another try of the same step makes the same file. */
  at: Date;
  product: string;
  /** Counts what an identity reads in Infisical; undefined where the stack brings none. */
  secrets: (() => Promise<Counted>) | undefined;
  /** Another place than the declared one: where it is, and the state file that tells of the last backup there. */
  place?: { settings: BackupSettings; last: string } | undefined;
}

/**
 * Writes one file with the environment's databases and state, encrypted; then removes what is more than shall be kept. A
 * step that was killed after it did so finds it done.
 */
export async function makeBackup(environment: Environment, options: BackupOptions): Promise<LastBackup> {
  const { stateDir } = environment;
  const { settings, last } = options.place ?? {
    settings: await backupSettings(stateDir, environment.environment),
    last: LAST,
  };
  // one that is gone may be a disk that is not mounted: nothing is made in its place
  if ((await ifThere(stat(settings.to))) === undefined)
    throw missingPrerequisite(
      `The folder of backups ${settings.to} is not there. Mount it, or name another one: onex-bootstrap backup -e ${environment.environment} --to DIR`,
    );
  const series = await seriesOf(environment);
  const made = options.at.toISOString();
  const file = `${series}-${made.replace(/[-:]|\.\d+/g, '')}.age`;
  const done = await lastBackup(stateDir, last);
  if (done?.file !== file) {
    const key = await environment.key();
    const manifest: Manifest = {
      version: manifestVersion,
      product: options.product,
      environment: environment.environment,
      made,
      databases: {},
      files: {},
      keys: {},
      images: {},
    };
    const entries = contentOf(environment, key, manifest, options);
    const { bytes } = await writeArchive(join(settings.to, file), series, entries, await sealingOf(settings));
    const tables = Object.values(manifest.databases).flatMap((database) => Object.values(database.tables));
    await writeStateFile(stateDir, last, {
      file,
      made,
      bytes,
      tables: tables.length,
      rows: tables.reduce((sum, { count }) => sum + count, 0),
      ...(manifest.secrets !== undefined && { secrets: manifest.secrets.count }),
    });
  }
  if (settings.keep !== undefined)
    for (const name of (await backupsIn(settings.to, series)).slice(0, -settings.keep))
      if (name !== file) await rm(join(settings.to, name), { force: true });
  return (await lastBackup(stateDir, last))!;
}

/** What the names of an environment's backups begin with: several installations may share a folder. */
export const seriesOf = async (environment: Environment): Promise<string> =>
  `${environment.environment}-${(await environment.tag()).split(' ')[1]!.slice(0, 8)}`;

/** Names of the whole backups of a series in a folder, oldest first. */
export async function backupsIn(folder: string, series: string): Promise<string[]> {
  return ((await ifThere(readdir(folder))) ?? [])
    .filter((name) => name.startsWith(`${series}-`) && /^-\d{8}T\d{6}Z\.age$/.test(name.slice(series.length)))
    .sort();
}

/** The entries of an archive, the manifest last; fills that in on the way. */
async function* contentOf(
  environment: Environment,
  key: Secret,
  manifest: Manifest,
  { secrets, signal, onProgress }: BackupOptions,
): AsyncGenerator<Entry> {
  const before = await secrets?.();
  const stack = environment.external === undefined ? await environment.stack() : undefined;
  const file = (name: string, content: Buffer): Entry => {
    manifest.files[name] = { bytes: content.length, digest: fileDigest(key, name, content) };
    return { name, content };
  };
  for (const [name, path] of await stateFiles(environment, stack)) {
    signal?.throwIfAborted();
    const content = await ifThere(readFile(path)); // one may be removed meanwhile
    if (content !== undefined) yield file(name, content);
  }
  for (const service of stack === undefined ? [] : databaseServices(stack)) {
    const db = await openDatabase(environment.engine(), stack!, service, environment.environment);
    const rows = new DumpRows(key);
    let bytes = 0;
    let parts = 0;
    for await (const content of inParts(dumpDatabase(db, signal))) {
      rows.write(content);
      bytes += content.length;
      onProgress?.(`${service.name}: ${Math.ceil(bytes / PART_BYTES)} MiB`);
      yield { name: dumpPart(service.name, parts++), content };
    }
    manifest.databases[service.name] = { server: await serverVersion(db), tables: rows.tables() };
  }
  for (const { name, image } of Object.values(stack?.services ?? {})) manifest.images[name] = image;
  for (const { name, file: path } of Object.values(stack?.secrets ?? {})) {
    const value = await readSecretFile(path);
    if (value !== undefined)
      manifest.keys[name] = keyedDigest(key, new Secret(`backup key\0${name}\0${value.reveal()}`));
  }
  const after = await secrets?.();
  if (before?.digest !== after?.digest)
    throw unavailable('Secrets were changed in Infisical while they were backed up: it is tried again.');
  if (after !== undefined) manifest.secrets = after;
  yield { name: MANIFEST, content: Buffer.from(manifestText(manifest, key)) };
}

/** Names in the archive and paths, the key first. */
async function stateFiles(
  { stateDir, stateRoot }: Environment,
  stack: Stack | undefined,
): Promise<[name: string, path: string][]> {
  const entries = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const own = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !LEFT_OUT.test(relative(stateDir, path)))
    .sort()
    .map((path): [string, string] => [`state/${relative(stateDir, path)}`, path]);
  // what is rendered of others is made again, for the host where it is then
  const keys = Object.values(stack?.secrets ?? {})
    .filter(({ origin }) => origin.kind !== 'rendered')
    .map(({ name, file }): [string, string] => [`stack-secrets/${name}`, file]);
  const codec = [['root/codec-keys', join(stateRoot, 'temporal', 'codec-keys')]] as [string, string][];
  const isKey = ([name]: [string, string]) => name === KEY_ENTRY;
  return [...own.filter(isKey), ...own.filter((entry) => !isKey(entry)), ...keys, ...codec];
}

/** The same bytes in pieces of one size. */
async function* inParts(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < PART_BYTES) continue;
    yield Buffer.concat(held);
    [held, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(held);
}
