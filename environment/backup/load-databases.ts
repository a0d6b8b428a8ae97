import { refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import { dependenciesOf, outlineStack } from '../../stack/compose/order';
import {
  databaseServices,
  dumpDatabase,
  loadDatabase,
  openDatabase,
  tableCount,
} from '../../stack/engine/database';
import { ensureStackSecrets } from '../../stack/engine/ensure-stack-secrets';
import { ensureNetworkAndVolumes } from '../../stack/engine/network-and-volumes';
import type { Progress } from '../../stack/engine/run-command';
import type { Environment } from '../environment';
import { runService } from '../services';
import { changedTables, dumpIn, told } from './check-backup';
import type { Manifest } from './manifest';
import { DumpRows } from './row-digests';
import type { Opening } from './seal';

/** A checked backup. */
export interface Backup {
  path: string;
  opening: Opening;
  manifest: Manifest;
  key: Secret;
}

/** Makes the databases of an environment run, and what they need. */
export async function runDatabases(environment: Environment, progress: Progress): Promise<void> {
  const stack = await environment.stack();
  const order = outlineStack(stack).services;
  for (const { name } of databaseServices(stack))
    for (const needed of [...dependenciesOf(order, name), name])
      await runService(environment, needed, progress);
}

/**
 * Makes the databases of an environment run, loads those that are empty, and compares every row with the manifest. A
 * database is loaded as a whole or not at all, so that another try goes on after a kill.
 */
export async function loadDatabases(
  environment: Environment,
  backup: Backup,
  progress: Progress,
  /** What to do where a database holds other rows. */
  remedy = '',
): Promise<void> {
  const { stateDir, environment: name } = environment;
  const stack = await environment.stack();
  const engine = environment.engine();
  const services = databaseServices(stack);
  await ensureStackSecrets(stack, { variables: environment.stackVariables() });
  const images = await environment.images(undefined, progress);
  await ensureNetworkAndVolumes(engine, stack, { environment: name, images, stateDir });
  await runDatabases(environment, progress);
  for (const service of services) {
    const db = await openDatabase(engine, stack, service, name);
    if ((await tableCount(db)) === 0) {
      progress.onProgress?.(`loading the database of ${service.name}`);
      await loadDatabase(db, dumpIn(backup.path, backup.opening, service.name), progress.signal);
    }
    const rows = new DumpRows(backup.key);
    for await (const part of dumpDatabase(db, progress.signal)) rows.write(part);
    const changed = changedTables(backup.manifest.databases[service.name]?.tables ?? {}, rows.tables());
    if (changed.length > 0)
      throw refused(
        `The database of ${service.name} is not what the backup holds: ${told(changed)}.${remedy}`,
      );
  }
}
