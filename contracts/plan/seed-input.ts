import type { Secret } from '../core/secret';
import type { MachineClassOverlay } from '../overlay/machine-class-overlay';
import type { KeyRegistry } from '../registry/key-registry';
import type { NodeRequirements } from '../requirements/node-requirements';
import type { FolderNames } from '../transports/folder-names';

/** Everything that says which secrets there should be. */
export interface SeedInput {
  nodes: readonly NodeRequirements[];
  registry: KeyRegistry;
  folders: FolderNames;
  /** The class whose layer the nodes read; with an overlay it is the overlay's. */
  machineClass?: string;
  overlay?: MachineClassOverlay;
  /** From env files for all services. */
  values: ReadonlyMap<string, Secret>;
  /** From env files for one service: service → key → value. */
  serviceValues: ReadonlyMap<string, ReadonlyMap<string, Secret>>;
  /** What the stack itself generated; goes to /shared/<folder>/<key> and wins over an env file. */
  stackValues: readonly StackValue[];
}

/** `folder` is a folder name, e.g. `folders.database`. */
export interface StackValue {
  folder: string;
  key: string;
  value: Secret;
}
