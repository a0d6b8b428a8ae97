import { badInput } from '../../contracts/core/failures';
import { type MachineClassOverlay, parseOverlay } from '../../contracts/overlay';
import type { ContractFile } from '../../contracts/node-contract/contract';
import type { Problem } from '../../contracts/core/text-file';
import { defaultRegistry, type KeyRegistry, parseRegistry } from '../../contracts/registry';
import { mergeNodes, type NodeRequirements } from '../../contracts/requirements';
import type { Settings } from '../../contracts/settings/settings';
import { folderNames, type FolderNames } from '../../contracts/folders';
import { loadContracts } from '../contracts/load-contracts';
import { readInputFile } from '../../environment/files/input-file';

/** Everything that files declare, without any value of an env file. */
export interface Declarations {
  files: ContractFile[];
  nodes: NodeRequirements[];
  registry: KeyRegistry;
  folders: FolderNames;
  overlay: MachineClassOverlay | undefined;
  /** As `file:line: what`; none of them stops the other files. */
  problems: string[];
}

/** Reads contracts, registry and overlay. A registry or overlay that cannot be used is BadInput. */
export async function readDeclarations(settings: Settings): Promise<Declarations> {
  const folders = folderNames(settings.folders);
  const files = await loadContracts(settings.contracts);
  const merged = mergeNodes(files, settings.service);
  const overlay = await readOverlay(settings);
  return {
    files,
    nodes: merged.nodes.filter(({ requirements }) => requirements.length > 0),
    registry: await readRegistry(settings.registry, folders),
    folders,
    overlay: overlay?.overlay,
    problems: [
      ...files.flatMap(({ path, problems }) => problems.map((problem) => inFile(path, problem))),
      ...merged.problems.map(({ message }) => message),
      ...(overlay?.problems ?? []),
    ],
  };
}

async function readRegistry(path: string | undefined, folders: FolderNames): Promise<KeyRegistry> {
  if (path === undefined) return defaultRegistry;
  const { registry, problems } = parseRegistry(path, await readText(path, 'registry'), folders);
  if (registry === undefined) throw badInput(problems.map(({ message }) => message).join('\n'));
  return registry;
}

async function readOverlay({ overlay: path, machineClass }: Settings) {
  if (path === undefined) return undefined;
  if (machineClass === undefined) throw badInput(`The overlay ${path} needs --machine-class CLASS.`);
  const { overlay, problems } = parseOverlay(path, await readText(path, 'overlay'), machineClass);
  if (overlay === undefined) throw badInput(problems.map(({ message }) => message).join('\n'));
  return { overlay, problems: problems.map(({ message }) => message) };
}

async function readText(path: string, what: string): Promise<string> {
  return (await readInputFile(path, what)).toString('utf8');
}

function inFile(path: string, { message, line }: Problem): string {
  const at = line === undefined ? '' : `:${line}`;
  return message.includes(path) ? message.replace(path, () => `${path}${at}`) : `${path}${at}: ${message}`;
}
