import type { Secret } from '../../contracts/core/secret';
import type { StackValue } from '../../contracts/plan/seed-input';
import { seedTargets, type SeedTargets } from '../../contracts/plan/seed-targets';
import type { Configuration } from '../../contracts/settings/configuration';
import type { Settings } from '../../contracts/settings/settings';
import { loadStack } from '../stack/load-stack';
import { readSecretFile } from '../../environment/files/state-file';
import { readDeclarations } from './read-declarations';
import { readValues } from './read-values';

const POSTGRES_PASSWORD = 'postgres_password';

/** What there should be in the environment, with the values that were given for it; and notes about the files. */
export async function readSeedTargets(
  settings: Settings,
  config: Configuration,
): Promise<SeedTargets & { notes: string[] }> {
  const { nodes, registry, folders, overlay } = await readDeclarations(settings);
  const given = await readValues(settings.envFiles);
  const password = await stackPassword(settings, config);
  const stackValues: StackValue[] =
    password === undefined ? [] : [{ folder: folders.database, key: 'POSTGRES_PASSWORD', value: password }];
  const targets = seedTargets({
    nodes,
    registry,
    folders,
    ...(settings.machineClass === undefined ? {} : { machineClass: settings.machineClass }),
    ...(overlay === undefined ? {} : { overlay }),
    values: given.shared,
    serviceValues: given.services,
    stackValues,
  });
  return { ...targets, notes: given.warnings };
}

async function stackPassword(settings: Settings, config: Configuration): Promise<Secret | undefined> {
  if (settings.infrastructure.kind === 'external') return undefined;
  const stack = await loadStack(settings, config);
  const declared = stack.secrets[POSTGRES_PASSWORD];
  return declared === undefined ? undefined : readSecretFile(declared.file);
}
