import type { Configuration } from '../../contracts/settings/configuration';
import type { ServiceRow } from '../../contracts/report/service-row';
import type { Settings } from '../../contracts/settings/settings';
import { observeStack } from '../../stack/engine/observe-stack';
import { pingEngine } from '../../stack/engine/connect-engine';
import { loadStack } from './load-stack';
import { engineOf } from './stack-context';

/** Every service as it is and what `up` would do to it; changes nothing, and takes no engine for an empty one. */
export async function observeServices(settings: Settings, config: Configuration): Promise<ServiceRow[]> {
  const stack = await loadStack(settings, config);
  const engine = engineOf(config);
  const absent = (await pingEngine(engine)).state !== 'alive';
  if (absent) {
    return Object.values(stack.services).map(({ name, image }) => ({
      name,
      image,
      kind: 'registry',
      action: 'skipped',
      reason: 'would be created; there is no Docker Engine yet',
    }));
  }
  const observed = await observeStack(engine, stack, settings);
  return observed.map(({ name, image, kind, would, state, detail, address }) => ({
    name,
    image,
    kind: kind ?? 'registry',
    action: would === 'keep' && state === 'ready' ? 'kept' : 'skipped',
    ...(address === undefined ? {} : { address }),
    reason: `${state}; would ${would} (${detail})`,
  }));
}
