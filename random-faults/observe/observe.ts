import { countNames, type Facts } from '../../kill-matrix/observe/facts';
import type { Instance } from '../../test/activities/infisical/instances';
import type { World } from '../world';
import { databaseNames, liveClientSecretIds } from './database-names';
import { diskNames } from './disk-names';

/** What there is of one environment on the server and on disk, by name; the environment's own name left out. */
export async function observe(world: World, instance: Instance, environment: string): Promise<Facts> {
  const { product, canaries: given } = world;
  const disk = diskNames({
    stateDir: product.stateDir(environment),
    nodesDir: product.nodesDir(environment),
    given,
    liveClientSecrets: await liveClientSecretIds(instance),
  });
  const names = [...(await databaseNames(instance)), ...disk];
  return countNames(names.map((name) => name.replaceAll(environment, ':environment')));
}
