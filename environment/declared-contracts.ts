import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput } from '../contracts/core/failures';
import type { Secret } from '../contracts/core/secret';
import type { MachineClassOverlay } from '../contracts/overlay';
import { parseOverlay } from '../contracts/overlay';
import { refuseKeys, type ContractFile } from '../contracts/node-contract/contract';
import type { Problem } from '../contracts/core/text-file';
import { defaultRegistry, type KeyRegistry } from '../contracts/registry';
import { parseRegistry } from '../contracts/registry';
import { mergeNodes } from '../contracts/requirements';
import type { NodeRequirements } from '../contracts/requirements';
import { folderNames, type FolderNames } from '../contracts/folders';
import { parseEnvValues } from '../contracts/values';
import type { ContractReader } from './contract-reader';
import type { Declaration } from './declaration';
import { isFile, readInputFile } from './files/input-file';

/** Everything that an environment's files declare, without any value. */
export interface DeclaredContracts {
  files: ContractFile[];
  nodes: NodeRequirements[];
  registry: KeyRegistry;
  folders: FolderNames;
  overlay: MachineClassOverlay | undefined;
  /** As `file:line: what`; none of them stops the other files. */
  problems: string[];
  /** How many files have a problem: what they ask for is not known. */
  unread: number;
}

/** What was read last of a declaration for those who share it. */
const shared = new WeakMap<Declaration, { by: string; read: Promise<DeclaredContracts> }>();

/**
 * Reads contracts, registry and overlay. A path that is not there, a registry or overlay that cannot be used is BadInput.
 * Those who name the same `sharedBy` share one reading: the steps of a run for a hundred hosts would each read every file.
 */
export function readDeclared(
  declaration: Declaration,
  service: string,
  contracts: ContractReader,
  sharedBy?: string,
): Promise<DeclaredContracts> {
  const read = () => readFiles(declaration, service, contracts);
  if (sharedBy === undefined) return read();
  const by = `${sharedBy} ${service}`;
  const before = shared.get(declaration);
  if (before?.by === by) return before.read;
  const now = { by, read: read() };
  shared.set(declaration, now);
  now.read.catch(() => shared.delete(declaration)); // files are mended, and the step is tried again
  return now.read;
}

async function readFiles(
  declaration: Declaration,
  service: string,
  contracts: ContractReader,
): Promise<DeclaredContracts> {
  const folders = folderNames(declaration.folders);
  const files = await readContracts(declaration.contracts, contracts, declaration.allowKeys);
  const merged = mergeNodes(files, service);
  const overlay = await readOverlay(declaration);
  return {
    files,
    nodes: merged.nodes.filter(({ requirements }) => requirements.length > 0),
    registry: await readRegistry(declaration.registry, folders),
    folders,
    overlay: overlay?.overlay,
    unread: files.filter(({ problems }) => problems.length > 0).length,
    problems: [
      ...files.flatMap(({ path, problems }) => problems.map((problem) => inFile(path, problem))),
      ...merged.problems.map(({ message }) => message),
      ...(overlay?.problems ?? []),
    ],
  };
}

/** The contracts at paths that the operator named. Paths that are not there, or hold none at all, are BadInput. */
export async function readContracts(
  paths: readonly string[],
  contracts: ContractReader,
  allowedKeys?: readonly string[],
): Promise<ContractFile[]> {
  const absent: string[] = [];
  for (const path of paths) await stat(path).catch(() => absent.push(path));
  if (absent.length > 0) throw badInput(`There are no contracts at ${absent.join(', ')}.`);
  const files = await contracts.read(paths);
  if (files.length > 0) return refuseKeys(files, allowedKeys);
  throw badInput(
    `No contract in ${paths.join(', ')}: files named contract.yaml, contract_*.yaml or handler_contract.yaml are read.`,
  );
}

async function readRegistry(path: string | undefined, folders: FolderNames): Promise<KeyRegistry> {
  if (path === undefined) return defaultRegistry;
  const { registry, problems } = parseRegistry(path, await readText(path, 'registry'), folders);
  if (registry === undefined) throw badInput(problems.map(({ message }) => message).join('\n'));
  return registry;
}

/** The first file of that name in or beside the contracts. */
export const beside = (roots: readonly string[], name: string): string | undefined =>
  roots
    .flatMap((root) => [join(root, 'config', name), join(root, name), join(root, '..', name)])
    .find(isFile);

/** Where the overlay of a machine class lies, unless it was named. */
export const overlayBeside = (roots: readonly string[], machineClass: string): string | undefined =>
  beside(roots, join('overlays', `${machineClass}.yaml`));

/** The overlays of these machine classes that lie beside the contracts. */
export async function readOverlaysOf(
  roots: readonly string[],
  classes: readonly string[],
): Promise<MachineClassOverlay[]> {
  const read = classes.map(async (machineClass) => {
    const file = overlayBeside(roots, machineClass);
    return file === undefined ? [] : [(await readOverlayFile(file, machineClass)).overlay];
  });
  return (await Promise.all(read)).flat();
}

async function readOverlay({ overlay: path, machineClass }: Pick<Declaration, 'overlay' | 'machineClass'>) {
  if (path === undefined) return undefined;
  if (machineClass === undefined) throw badInput(`The overlay ${path} needs --machine-class CLASS.`);
  return readOverlayFile(path, machineClass);
}

async function readOverlayFile(path: string, machineClass: string) {
  const { overlay, problems } = parseOverlay(path, await readText(path, 'overlay'), machineClass);
  if (overlay === undefined) throw badInput(problems.map(({ message }) => message).join('\n'));
  return { overlay, problems: problems.map(({ message }) => message) };
}

const readText = async (path: string, what: string) => (await readInputFile(path, what)).toString('utf8');

function inFile(path: string, { message, line }: Problem): string {
  const at = line === undefined ? '' : `:${line}`;
  return message.includes(path) ? message.replace(path, () => `${path}${at}`) : `${path}${at}: ${message}`;
}

/** Values to seed, from the declared files. */
export interface GivenValues {
  shared: Map<string, Secret>;
  services: Map<string, Map<string, Secret>>;
  /** Lines that could not be used, as `file:line: what`. */
  warnings: string[];
}

/** The values of all files; a later file wins. A file that is not there is BadInput, never no values. */
export async function readGivenValues({ values: files }: Pick<Declaration, 'values'>): Promise<GivenValues> {
  const given: GivenValues = { shared: new Map(), services: new Map(), warnings: [] };
  for (const { path, service } of files) {
    const { values, problems } = parseEnvValues(await readInputFile(path, 'values file'));
    const ofService = given.services.get(service ?? '') ?? new Map<string, Secret>();
    if (service !== undefined) given.services.set(service, ofService);
    const target = service === undefined ? given.shared : ofService;
    for (const [key, value] of values) if (!value.isBlank) target.set(key, value);
    for (const { message, line } of problems)
      given.warnings.push(`${path}${line === undefined ? '' : `:${line}`}: ${message}`);
  }
  return given;
}
