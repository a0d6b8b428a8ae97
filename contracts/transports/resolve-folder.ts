import type { FolderNames } from './folder-names';
import { resolveTransport } from './resolve-transport';

/** The folder that a registry means by `raw`: a transport's own folder by any of its names, else `raw` ("auth", "env"). */
export function resolveFolder(raw: string, folders: FolderNames): string {
  const transport = resolveTransport(raw);
  return transport === undefined ? raw : folders[transport];
}
