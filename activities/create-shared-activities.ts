import { existsSync } from 'node:fs';
import { notReady } from '../contracts/core/failures';
import { resolveSettings } from '../contracts/settings/resolve-settings';
import type { ActivityDependencies } from './dependencies';
import { generationName, readInitialized, readStatus } from '../infisical/server';
import { asFailure } from '../infisical/problem';
import { InfisicalHttp } from '../infisical/http';
import { nodesDir } from './settings/nodes-dir';
import type { SharedActivities } from './shared-activities';

export function createSharedActivities({ config, searchAttributes }: ActivityDependencies): SharedActivities {
  return {
    async resolveSettings(input) {
      const dir = await nodesDir(config.stateRoot);
      return resolveSettings(input, config, { nodesDir: dir, searchAttributes, exists: existsSync });
    },

    async awaitInfisical(address) {
      const http = new InfisicalHttp(address);
      try {
        const status = await readStatus(http);
        if (status.state === 'starting')
          throw notReady(
            `Infisical at ${address} is not ready: ${status.reason}. If it runs elsewhere, name that address (--infisical); else start it, and run up again.`,
          );
        return { generation: await generationName(http), initialized: await readInitialized(http) };
      } catch (error) {
        throw asFailure(error, `Infisical at ${address}`);
      }
    },
  };
}
