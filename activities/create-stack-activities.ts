import type { ActivityDependencies } from './dependencies';
import { ensureEngine } from '../stack/engine/ensure-engine';
import { ensureNetworkAndVolumes } from '../stack/engine/network-and-volumes';
import { ensureStackSecrets } from '../stack/engine/ensure-stack-secrets';
import { keepKeyCopy } from '../environment/keys';
import { heartbeating } from './heartbeating';
import type { HostActivities } from './host-activities';
import { startRuntimeService } from './runtime/start-runtime-service';
import { loadStack } from './stack/load-stack';
import { observeServices } from './stack/observe-services';
import { outlineStack } from '../stack/compose/outline-stack';
import { runService } from './stack/run-service';
import { stackContext } from './stack/stack-context';

type StackActivity =
  | 'ensureEngine'
  | 'readStack'
  | 'observeStack'
  | 'ensureStackSecrets'
  | 'ensureImages'
  | 'ensureNetwork'
  | 'ensureService'
  | 'startRuntime';

/** What is done with the host's Docker Engine. */
export function createStackActivities({ config }: ActivityDependencies): Pick<HostActivities, StackActivity> {
  return {
    ensureEngine: () =>
      heartbeating(async (signal, onProgress) => {
        const { dockerHost, variables, stateRoot: stateDir } = config;
        const { version, action } = await ensureEngine({
          dockerHost,
          variables,
          stateDir,
          signal,
          onProgress,
        });
        return { version, changes: action === 'found' ? [] : [`${action} the Docker Engine (${version})`] };
      }),

    readStack: async (settings) => outlineStack(await loadStack(settings, config)),

    observeStack: (settings) => observeServices(settings, config),

    async ensureStackSecrets(settings) {
      const stack = await loadStack(settings, config);
      const ensured = await ensureStackSecrets(stack, config);
      await keepKeyCopy(settings.stateDir);
      const made = ensured
        .filter(({ action }) => action !== 'kept')
        .map(({ name, action }) => `${action} ${name}`);
      return { changes: made.length === 0 ? [] : [`secrets of the stack: ${made.join(', ')}`] };
    },

    ensureImages: (settings) =>
      heartbeating(async (signal, onProgress) => {
        const { images } = await stackContext(settings, config);
        const resolved = Object.values(await images(undefined, { signal, onProgress }));
        const made = resolved.filter(({ action }) => action !== 'present');
        return { changes: [...new Set(made.map(({ action, ref }) => `${action} image ${ref}`))] };
      }),

    ensureNetwork: (settings) =>
      heartbeating(async (signal, onProgress) => {
        const { stack, engine, images } = await stackContext(settings, config);
        const resolved = await images(undefined, { signal, onProgress });
        const { environment, stateDir } = settings;
        const ensured = await ensureNetworkAndVolumes(engine, stack, {
          environment,
          images: resolved,
          stateDir,
        });
        const made = ensured.filter(({ action }) => action === 'created');
        return { changes: made.map(({ kind, name }) => `created ${kind} ${name}`) };
      }),

    ensureService: (settings, name) =>
      heartbeating((signal, onProgress) => runService(settings, name, config, { signal, onProgress })),

    startRuntime: (settings, name, nodes) =>
      heartbeating((signal, onProgress) =>
        startRuntimeService(settings, name, nodes, config, { signal, onProgress }),
      ),
  };
}
