import { badInput } from '../../contracts/core/failures';
import type { RequirementsOutline } from '../../contracts/report/outlines';
import type { Settings } from '../../contracts/settings/settings';
import { stat } from 'node:fs/promises';
import { readDeclarations } from './read-declarations';
import { readValues } from './read-values';

/** The outline of what the contracts declare, after a look at every given path: one that is not there is BadInput. */
export async function readRequirements(settings: Settings): Promise<RequirementsOutline> {
  const absent: string[] = [];
  for (const path of settings.contracts) await stat(path).catch(() => absent.push(path));
  if (absent.length > 0) throw badInput(`There are no contracts at ${absent.join(', ')}.`);
  const { files, nodes, problems } = await readDeclarations(settings);
  if (files.length === 0) {
    throw badInput(
      `No contract in ${settings.contracts.join(', ')}: files named contract.yaml, contract_*.yaml or handler_contract.yaml are read.`,
    );
  }
  await readValues(settings.envFiles);
  const keys = new Set(nodes.flatMap(({ requirements }) => requirements.map(({ key }) => key)));
  return { files: files.length, nodes: nodes.length, keys: keys.size, problems };
}
