import { badInput } from './core/failures';
import { resolveTransport, transportConfigMap, type TransportName } from './transports';

/** The folder name of each transport. */
export type FolderNames = Readonly<Record<TransportName, string>>;

/** The folder of environment dependencies, which the transport `runtime` stands for. */
const ENVIRONMENT_FOLDER = 'env';

/** The folder paths of the three layers, without a trailing slash. */
export const secretFolder = {
  shared: (folder: string) => `/shared/${folder}`,
  serviceRoot: (service: string) => `/services/${service}`,
  service: (service: string, folder: string) => `/services/${service}/${folder}`,
  machineClass: (machineClass: string) => `/machine-class/${machineClass}`,
} as const;

/** What Infisical accepts as one segment of a folder path. */
export const isFolderName = (name: string) => /^[A-Za-z0-9_-]+$/.test(name);

/**
 * The table's folder names with `overrides` laid over them ({database: "db"} adopts a store laid out the old way;
 * aliases are accepted as keys). Throws badInput for an unknown transport, an unusable or an already taken name.
 */
export function folderNames(overrides: Readonly<Record<string, string>> = {}): FolderNames {
  const names = Object.fromEntries(
    Object.entries(transportConfigMap).map(([transport, { folder }]) => [transport, folder]),
  ) as Record<TransportName, string>;
  for (const [raw, folder] of Object.entries(overrides)) {
    const transport = resolveTransport(raw);
    if (transport === undefined) throw badInput(`Folder override for "${raw}": there is no such transport.`);
    if (!isFolderName(folder)) {
      throw badInput(`Folder "${folder}" for ${transport}: only letters, digits, "-" and "_" are allowed.`);
    }
    names[transport] = folder;
  }
  refuseShared(names);
  return names;
}

function refuseShared(names: FolderNames): void {
  const owners = new Map([[ENVIRONMENT_FOLDER, 'environment dependencies']]);
  for (const [transport, folder] of Object.entries(names)) {
    const other = owners.get(folder);
    if (other !== undefined)
      throw badInput(`Folder "${folder}" cannot serve both ${other} and ${transport}.`);
    owners.set(folder, transport);
  }
}

/** The folder that a registry means by `raw`: a transport's own folder by any of its names, else `raw` ("auth", "env"). */
export function resolveFolder(raw: string, folders: FolderNames): string {
  const transport = resolveTransport(raw);
  return transport === undefined ? raw : folders[transport];
}

/** What decides where keys are looked for. */
export interface Layers {
  folders: FolderNames;
  machineClass?: string | undefined;
  registry: { identityDefaults: ReadonlySet<string> };
}

type ReadingFolders = (
  requirement: { key: string; transport: TransportName },
  service: string | undefined,
) => readonly string[];

/**
 * Where a service's nodes look for a key, first to last: the service's folder, the machine class, the shared folder.
 * Nowhere for the credentials of Infisical itself, which only the environment can hold. Folders asked for again are the
 * same array, since thousands of nodes ask.
 */
export function readingFolders({ folders, machineClass, registry }: Layers): ReadingFolders {
  const known = new Map<string, readonly string[]>();
  const ofClass = machineClass === undefined ? [] : [secretFolder.machineClass(machineClass)];
  return ({ key, transport }, service) => {
    if (transport === 'infisical') return [];
    const folder = transport === 'runtime' ? ENVIRONMENT_FOLDER : folders[transport];
    // Each service defines it for itself: never taken from a layer that several services read.
    const ownOnly = registry.identityDefaults.has(key);
    const asked = `${ownOnly} ${folder} ${service ?? ''}`;
    const again = known.get(asked);
    if (again !== undefined) return again;
    const own = service === undefined ? [] : [secretFolder.service(service, folder)];
    const places = ownOnly ? own : [...own, ...ofClass, secretFolder.shared(folder)];
    known.set(asked, places);
    return places;
  };
}
