import { join } from 'node:path';
import { refused } from '../../contracts/core/failures';
import { dependenciesOf, outlineStack } from '../../stack/compose/order';
import { findContainer } from '../../stack/engine/containers';
import { databaseServices } from '../../stack/engine/database';
import { tolerate } from '../../stack/engine/engine-error';
import type { Progress } from '../../stack/engine/run-command';
import { checkBackup } from '../backup/check-backup';
import { loadDatabases, runDatabases, type Backup } from '../backup/load-databases';
import { makeBackup, type BackupOptions } from '../backup/make-backup';
import type { Counted } from '../backup/row-digests';
import { openingOf, readBackupSettings } from '../backup/settings';
import type { Environment } from '../environment';
import { createFileOnce, makeFolder } from '../files/atomic';
import { newSecret } from '../files/new-secret';
import {
  forgetUpgrade,
  isUnderWay,
  keepUpgrade,
  lastUpgrade,
  moveVolumes,
  noteUpgrade,
  readMoved,
  readUpgrade,
  type Upgrade,
} from './placement';
import { freshName, volumesOf } from './plan-upgrade';

/** The upgrade that was begun. */
export async function begunUpgrade({ stateDir, environment }: Environment): Promise<Upgrade> {
  const upgrade = await readUpgrade(stateDir);
  if (isUnderWay(upgrade)) return upgrade;
  throw refused(
    `No upgrade of ${environment} is under way. To begin one: onex-bootstrap upgrade -e ${environment}`,
  );
}

/** Keeps what an identity reads before anything is changed; after a kill it may read more by now, and is asked again. */
export async function countBefore(environment: Environment, count: () => Promise<Counted>): Promise<void> {
  const upgrade = await begunUpgrade(environment);
  if (upgrade.backup !== undefined) return;
  await keepUpgrade(environment.stateDir, upgrade, { before: await count() });
}

/**
 * Stops what writes to the databases, and makes a backup, which is then read as a whole: with it the environment can be put
 * back. What was done before a kill is not done again.
 */
export async function backUp(
  environment: Environment,
  options: Omit<BackupOptions, 'secrets' | 'place'>,
): Promise<string> {
  const { stateDir } = environment;
  const upgrade = await begunUpgrade(environment);
  if (upgrade.backup !== undefined) return upgrade.backup.path;
  const { before } = upgrade;
  if (before === undefined) throw new Error('what is read before is counted first');
  const place = await placeOf(environment);
  await stopWriters(environment, options);
  await runDatabases(environment, options);
  const { file } = await makeBackup(environment, {
    ...options,
    place,
    secrets: () => Promise.resolve(before),
  });
  const { to, passphraseFile, identityFile } = place.settings;
  const backup = { path: join(to, file), passphraseFile, identityFile };
  options.onProgress?.(`reading ${file}`);
  await checkBackup(backup.path, await openingOf(backup));
  await keepUpgrade(stateDir, upgrade, { backup });
  return backup.path;
}

/** Where the environment's backups go, if what opens them is here too; else a folder of its state. */
async function placeOf({ stateDir }: Environment) {
  const declared = await readBackupSettings(stateDir);
  if (declared?.passphraseFile !== undefined || declared?.identityFile !== undefined)
    return { settings: declared, last: 'last-backup.json' };
  const [to, passphraseFile] = [join(stateDir, 'upgrades'), join(stateDir, 'secrets', 'upgrade-passphrase')];
  await makeFolder(to);
  await createFileOnce(passphraseFile, newSecret('hex-32').reveal());
  return { settings: { to, passphraseFile, keep: 2 }, last: 'upgrades/last.json' };
}

/** Stops what stands on a database, dependants first. */
async function stopWriters(environment: Environment, { onProgress }: Progress): Promise<void> {
  const engine = environment.engine();
  const stack = await environment.stack();
  const { services } = outlineStack(stack);
  const databases = databaseServices(stack).map(({ name }) => name);
  const writers = services
    .filter(({ profiles }) => profiles.length === 0)
    .map(({ name }) => ({ name, needed: dependenciesOf(services, name) }))
    .filter(({ needed }) => needed.some((name) => databases.includes(name)))
    .sort((one, other) => other.needed.length - one.needed.length);
  for (const { name } of writers) {
    const found = await findContainer(engine, stack, name, environment.environment);
    if (found === undefined) continue;
    onProgress?.(`stopping ${name}`);
    await tolerate(engine.getContainer(found.id).stop(), 304, 404, 409);
  }
}

/** Has the databases run with their new images, in new volumes where those are of another major, and compares every row. */
export async function moveDatabases(environment: Environment, progress: Progress): Promise<void> {
  const { stateDir } = environment;
  const upgrade = await begunUpgrade(environment);
  if (upgrade.state === 'starting') return;
  const moving = await keepUpgrade(stateDir, upgrade, { state: 'moving' });
  await loadDatabases(environment, await backupOf(moving), progress);
  await keepUpgrade(stateDir, moving, { state: 'starting' });
}

/**
 * Has the databases run with their old images, with every row as in the backup: in the volumes of before, or in new ones
 * where those were changed or do not open. False where nothing had been changed yet.
 */
export async function putDatabasesBack(
  environment: Environment,
  { problem, at, ...progress }: Progress & { problem: string; at: Date },
): Promise<boolean> {
  const { stateDir } = environment;
  let upgrade = await begunUpgrade(environment);
  if (upgrade.state === 'begun') return false;
  await stopWriters(environment, progress);
  const stack = await environment.stack({ asDeclared: true });
  const fresh = (names: readonly string[]) =>
    Object.fromEntries(
      names
        .flatMap((name) => volumesOf(stack, stack.services[name]!))
        .map((volume) => [volume, freshName(volume, at)]),
    );
  const databases = fresh(databaseServices(stack).map(({ name }) => name));
  if (upgrade.state !== 'putting back') {
    // a cache: an earlier Valkey does not read what a later one wrote
    const caches = Object.keys(upgrade.services).filter(
      (name) => stack.services[name]?.ready?.protocol === 'valkey',
    );
    upgrade = await keepUpgrade(stateDir, upgrade, {
      state: 'putting back',
      problem,
      restored: fresh(caches),
    });
  }
  const backup = await backupOf(upgrade);
  if (Object.keys(databases).every((volume) => upgrade.restored[volume] === undefined))
    try {
      await loadDatabases(environment, backup, progress);
      return true;
    } catch {
      progress.signal?.throwIfAborted();
      await keepUpgrade(stateDir, upgrade, { restored: { ...upgrade.restored, ...databases } });
    }
  await loadDatabases(environment, backup, progress);
  return true;
}

async function backupOf({ backup }: Upgrade): Promise<Backup> {
  const opening = await openingOf(backup!);
  return { path: backup!.path, opening, ...(await checkBackup(backup!.path, opening)) };
}

/**
 * Ends an upgrade, with the volumes that its services are on now; names those that nothing uses any more. What was loaded
 * into new volumes in vain goes.
 */
export async function endUpgrade(environment: Environment, at: Date): Promise<{ left: string[] }> {
  const { stateDir } = environment;
  const begun = await readUpgrade(stateDir);
  if (!isUnderWay(begun)) return { left: (await lastUpgrade(stateDir))?.left ?? [] }; // a try before this one ended it
  const { state, moves, restored, services, problem } = begun;
  if (state === 'begun') {
    await forgetUpgrade(stateDir);
    return { left: [] };
  }
  const isBack = state === 'putting back';
  const places = isBack ? restored : moves;
  const moved = await readMoved(stateDir);
  const left = begun.left ?? Object.keys(places).map((volume) => moved[volume] ?? volume);
  const upgrade = await keepUpgrade(stateDir, begun, { left });
  await moveVolumes(stateDir, places);
  const engine = environment.engine();
  for (const name of isBack ? Object.values(moves) : [])
    await tolerate(engine.getVolume(name).remove() as Promise<unknown>, 404, 409);
  await noteUpgrade(stateDir, {
    ok: !isBack,
    at: at.toISOString(),
    services: Object.entries(services).flatMap(([name, { to }]) => (to === undefined ? [] : [name])),
    left,
    ...(problem !== undefined && { problem }),
  });
  if (isBack) await keepUpgrade(stateDir, upgrade, { state: 'put back' });
  else await forgetUpgrade(stateDir);
  return { left };
}
