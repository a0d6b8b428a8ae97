import { dirname } from 'node:path';
import { badInput } from '../../contracts/core/failures';
import { readInputFile } from '../../environment/files/input-file';
import { parseStack } from '../../stack/compose/parse-stack';
import type { Stack } from '../../stack/compose/stack';
import type { Configuration } from '../../contracts/settings/configuration';
import type { Settings } from '../../contracts/settings/settings';

/** The latest stack of a worker, with what it was read from: every step of a run needs it, and parsing costs 30 ms. */
const latest = new WeakMap<Configuration, { source: string; stack: Stack }>();

/** The stack that the settings name, its `${…}` filled from the settings first and the environment second. */
export async function loadStack(settings: Settings, config: Configuration): Promise<Stack> {
  if (settings.infrastructure.kind === 'external') {
    throw badInput('An Infisical that something else runs has no stack here.');
  }
  const { file } = settings.infrastructure;
  const own: Record<string, string> = {
    ONEX_ENVIRONMENT: settings.environment,
    ONEX_STATE_DIR: config.stateRoot,
    ONEX_NODES_DIR: dirname(settings.nodesDir),
  };
  const text = (await readInputFile(file, 'stack file')).toString('utf8');
  const source = JSON.stringify([file, own, text]);
  const known = latest.get(config);
  if (known?.source === source) return known.stack;
  const lookup = (name: string) => own[name] ?? config.variables.get(name)?.reveal();
  const stack = parseStack(text, { file, lookup });
  latest.set(config, { source, stack });
  return stack;
}
