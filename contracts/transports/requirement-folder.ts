import type { FolderNames } from './folder-names';
import type { TransportName } from './transport-name';

/** Where a requirement's key lives. The runtime transport has no keys of its own: it stands for environment dependencies. */
export function requirementFolder(transport: TransportName, folders: FolderNames): string {
  return transport === 'runtime' ? 'env' : folders[transport];
}
