import { join } from 'node:path';
import { diskNames } from '../../kill-matrix/observe/disk-names';
import { countNames, type Facts } from '../../kill-matrix/observe/facts';
import type { Instance } from '../../../test/infisical/instances';
import type { World } from '../world';
import { databaseNames, liveClientSecretIds } from './database-names';

/** What there is of one environment on the server and on disk, by name; the environment's own name left out. */
export async function observe(world: World, instance: Instance, environment: string): Promise<Facts> {
  const { product, canaries: given } = world;
  const [stateDir, nodesDir] = [product.stateDir(environment), product.nodesDir(environment)];
  const disk = diskNames({
    folders: [stateDir, nodesDir],
    stateDir,
    nodesDir: join(nodesDir, 'all'),
    given,
    liveClientSecrets: await liveClientSecretIds(instance),
  });
  const names = [...(await databaseNames(instance)), ...disk];
  return countNames(names.map((name) => name.replaceAll(environment, ':environment')));
}
