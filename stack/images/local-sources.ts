import { join } from 'node:path';
import type { LocalImageSources } from './local-image-tag';

/** What local images are made of on this machine. `packageDir` holds `images/` and `dist/`. */
export function localSources(
  packageDir: string,
  overrides: Partial<LocalImageSources> = {},
): LocalImageSources {
  return {
    imagesDir: join(packageDir, 'images'),
    devInfisicalBundle: join(packageDir, 'dist', 'dev-infisical', 'server.js'),
    node: { path: process.execPath, version: process.version },
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    ...overrides,
  };
}
