import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { givenValues, writeCanaries } from '../harness/canaries';
import { countNames, type Facts } from '../harness/judge';
import { findLeaks, historiesOf } from '../harness/leaks';
import { NAMES_SQL } from '../harness/names-sql';
import {
  fileNames,
  FIRST_ACTIVITY,
  stateNames,
  stateOf,
  storedValues,
  workflowOf,
  type Given,
} from '../harness/product';
import { startInstances, type Instance } from '../../test/infisical/instances';
import type { Generation } from './fault-plan';
import { Worker } from './worker';

/** What all runs share: the product's worker, instances that are emptied between runs, and what a run is given. */
export interface World {
  worker: Worker;
  given: Given;
  /** Lends an empty instance to one run at a time. */
  withInstance: <T>(generation: Generation, work: (instance: Instance) => Promise<T>) => Promise<T>;
  stop: () => Promise<void>;
}

/** `root` is the folder of the project. */
export async function openWorld(root: string): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'onex-random-faults-'));
  const example = join(root, 'examples', 'onex');
  const values = (name: string) => writeCanaries(join(example, name), join(folder, name));
  const instances = await startInstances();
  const worker = await Worker.start();
  const free: Record<Generation, Instance[]> = { current: [], '2024': [] };
  return {
    worker,
    given: {
      contracts: [join(example, 'contracts')],
      envFiles: [values('values.env'), `billing=${values('billing.env')}`],
    },
    withInstance: async (generation, work) => {
      const instance = free[generation].pop() ?? (await instances.fresh({ generation }));
      try {
        await emptyDatabase(instance);
        return await work(instance);
      } finally {
        free[generation].push(instance);
      }
    },
    stop: async () => {
      await Promise.allSettled([worker.stop(), instances.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Makes the instance as good as new: the development server keeps nothing in memory. */
async function emptyDatabase({ query }: Instance): Promise<void> {
  await query('truncate users, organizations, server_config cascade');
  await query('insert into server_config (id) values (1)');
}

/** What there is of one environment on the server and on disk, by name; the environment's own name left out. */
export async function observe(world: World, { query }: Instance, environment: string): Promise<Facts> {
  const places = world.worker.placesOf(environment);
  const given = new Set(givenValues(world.given.envFiles).map(({ value }) => value));
  const inDatabase = await query<{ name: string }>(NAMES_SQL);
  const live = await query<{ id: string }>('select id from client_secrets where not "isClientSecretRevoked"');
  const names = [
    ...inDatabase.map(({ name }) => name),
    ...[stateOf(places), join(places.nodes, environment)].flatMap(fileNames),
    ...stateNames(places, given, new Set(live.map(({ id }) => id))),
  ];
  return countNames(names.map((name) => name.replaceAll(environment, ':environment')));
}

/** Where a value of the environment, or a token, can be read that should not. */
export async function leaksOf({ worker, given }: World, environment: string): Promise<string[]> {
  const histories = await historiesOf(worker.client, `WorkflowId = '${workflowOf(environment)}'`);
  if (!histories.includes(FIRST_ACTIVITY)) throw new Error('The histories cannot be searched.');
  const values = [...givenValues(given.envFiles), ...storedValues(worker.placesOf(environment))];
  return findLeaks(values, {
    'histories of Temporal': histories,
    'what was printed': worker.printed,
  });
}
