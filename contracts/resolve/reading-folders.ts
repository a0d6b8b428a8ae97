import { secretFolder } from '../transports/secret-folder';

interface Reading {
  /** The key's folder name, e.g. "kafka" or "env". */
  folder: string;
  service: string | undefined;
  machineClass: string | undefined;
  /** Keys that each service defines for itself are never taken from a layer that several services read. */
  identityDefault: boolean;
}

/** Where a key is looked for, first to last: the service's folder, the machine class, the shared folder. */
export function readingFolders({ folder, service, machineClass, identityDefault }: Reading): string[] {
  const own = service === undefined ? [] : [secretFolder.service(service, folder)];
  if (identityDefault) return own;
  const ofClass = machineClass === undefined ? [] : [secretFolder.machineClass(machineClass)];
  return [...own, ...ofClass, secretFolder.shared(folder)];
}
