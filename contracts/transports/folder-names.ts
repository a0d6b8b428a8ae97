import { badInput } from '../core/failures';
import { isFolderName } from './is-folder-name';
import { resolveTransport } from './resolve-transport';
import { transportConfigMap } from './transport-config-map';
import type { TransportName } from './transport-name';

/** The folder name of each transport. */
export type FolderNames = Readonly<Record<TransportName, string>>;

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
  const owners = new Map([['env', 'environment dependencies']]);
  for (const [transport, folder] of Object.entries(names)) {
    const other = owners.get(folder);
    if (other !== undefined)
      throw badInput(`Folder "${folder}" cannot serve both ${other} and ${transport}.`);
    owners.set(folder, transport);
  }
}
