import { join } from 'node:path';
import { z } from 'zod';
import { badInput, refused } from '../../contracts/core/failures';
import type { DrillSummary } from '../../contracts/run/summaries';
import type { Progress } from '../../stack/engine/run-command';
import type { Environment } from '../environment';
import { readStateFile, STATE_VERSION, writeStateFile } from '../files/state-file';
import type { Host } from '../host';
import { runService } from '../services';
import { checkBackup } from './check-backup';
import { loadDatabases } from './load-databases';
import { backupsIn, seriesOf } from './make-backup';
import type { Manifest } from './manifest';
import { removeScratch, Scratch } from './scratch';
import { backupSettings, openingOf } from './settings';
import { unpackStackSecrets, unpackState } from './unpack';

const LAST = 'last-drill.json';
const lastSchema = z.object({
  version: z.literal(STATE_VERSION),
  ok: z.boolean(),
  /** When it ended, as ISO 8601. */
  at: z.string(),
  file: z.string().optional(),
  /** Why it failed. */
  problem: z.string().optional(),
});

/** The last drill of an environment; undefined where there was none. */
export const lastDrill = (
  stateDir: string,
): Promise<Omit<z.infer<typeof lastSchema>, 'version'> | undefined> =>
  readStateFile(stateDir, LAST, lastSchema);

export const noteDrill = (
  stateDir: string,
  drill: { ok: boolean; at: string; file?: string; problem?: string },
) => writeStateFile(stateDir, LAST, drill);

/** The newest backup of the environment, read as a whole; Refused where it is not whole, or not ours. */
async function newestBackup(environment: Environment) {
  const name = environment.environment;
  const settings = await backupSettings(environment.stateDir, name);
  const file = (await backupsIn(settings.to, await seriesOf(environment))).at(-1);
  if (file === undefined)
    throw badInput(
      `${settings.to} holds no backup of ${name}. To make one: onex-bootstrap backup -e ${name}`,
    );
  const path = join(settings.to, file);
  const opening = await openingOf(settings);
  const checked = await checkBackup(path, opening);
  if (!checked.key.equals(await environment.key()))
    throw refused(`${file} was made by another installation: this one did not put it there.`);
  return { path, opening, file, ...checked };
}

/**
 * Restores the newest backup into a scratch stack and compares every row. Where something else runs Infisical the backup has no
 * database: then it is only read as a whole.
 */
export async function drillDatabases(
  host: Host,
  environment: Environment,
  progress: Progress,
): Promise<DrillSummary> {
  const backup = await newestBackup(environment);
  if (environment.external === undefined) {
    await removeScratch(environment, progress);
    const scratch = await Scratch.open(host, environment);
    await unpackState(backup.path, backup.opening, scratch.stateDir);
    await unpackStackSecrets(backup.path, backup.opening, await scratch.stack());
    await loadDatabases(scratch, backup, progress);
  }
  const { made, databases, secrets } = backup.manifest;
  const tables = Object.values(databases).flatMap((database) => Object.values(database.tables));
  return {
    file: backup.file,
    made,
    tables: tables.length,
    rows: tables.reduce((sum, { count }) => sum + count, 0),
    secrets: secrets?.count ?? 0,
  };
}

/** Starts the scratch stack's Infisical, for a login; with what the manifest says of its secrets. */
export async function startScratch(
  host: Host,
  environment: Environment,
  progress: Progress,
): Promise<{ scratch: Scratch; address: string; secrets: Manifest['secrets'] }> {
  const { manifest } = await newestBackup(environment);
  const scratch = await Scratch.open(host, environment);
  for (const name of Object.keys((await scratch.stack()).services)) await runService(scratch, name, progress);
  return { scratch, address: await scratch.infisicalAddress(), secrets: manifest.secrets };
}
