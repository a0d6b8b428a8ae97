import { unavailable } from '../../contracts/core/failures';
import type { Configuration } from '../../contracts/settings/configuration';
import type { Settings } from '../../contracts/settings/settings';
import { dependenciesOf, startOrder } from '../../stack/compose/order';
import { outlineStack } from '../../stack/compose/outline-stack';
import { ensureEngine } from '../../stack/engine/ensure-engine';
import type { Progress } from '../../stack/engine/run-command';
import { loadStack } from './load-stack';
import { runService } from './run-service';

/** Which part of the infrastructure: the engine alone, what a service depends on, or all of it. */
export type Ground = { kind: 'engine' } | { kind: 'dependencies'; of: string } | { kind: 'all' };

/**
 * Brings back what a step stands on, in order: an engine that died, services that were stopped or whose containers are
 * gone. The engine's restart policy does not: after a crash it leaves them stopped. Changes nothing where all runs.
 */
export async function restoreInfrastructure(
  settings: Settings,
  config: Configuration,
  ground: Ground,
  progress: Progress,
): Promise<void> {
  await engineAgain(config, progress);
  if (ground.kind === 'engine') return;
  const stack = await loadStack(settings, config);
  const { services } = outlineStack(stack);
  const needed = ground.kind === 'all' ? Object.keys(stack.services) : dependenciesOf(services, ground.of);
  for (const wave of startOrder(services)) {
    const names = wave.filter((name) => needed.includes(name));
    await Promise.all(names.map((name) => runService(settings, name, config, progress)));
  }
}

// Somebody else may be about to start it: not being able to is a reason to wait, not to give up.
async function engineAgain(config: Configuration, progress: Progress): Promise<void> {
  try {
    const { dockerHost, stateRoot: stateDir, variables } = config;
    await ensureEngine({ dockerHost, variables, stateDir, ...progress });
  } catch (error) {
    progress.signal?.throwIfAborted();
    throw unavailable(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
