import type { KeyRegistry } from '../registry/key-registry';
import type { NodeRequirements } from '../requirements/node-requirements';
import type { FolderNames } from '../transports/folder-names';
import { requirementFolder } from '../transports/requirement-folder';
import { readingFolders } from './reading-folders';

/** Every folder that one of the nodes looks into, each once, sorted. */
export function nodeFolders(
  nodes: readonly NodeRequirements[],
  {
    registry,
    folders,
    machineClass,
  }: { registry: KeyRegistry; folders: FolderNames; machineClass?: string | undefined },
): string[] {
  const read = nodes.flatMap(({ service, requirements }) =>
    requirements
      .filter(({ transport }) => transport !== 'infisical')
      .flatMap(({ key, transport }) =>
        readingFolders({
          folder: requirementFolder(transport, folders),
          service,
          machineClass,
          identityDefault: registry.identityDefaults.has(key),
        }),
      ),
  );
  return [...new Set(read)].sort();
}
