import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { missingPrerequisite } from '../../contracts/core/failures';
import { baseKey } from './base-recipe';
import type { LocalImage } from './local-image';

export interface LocalImageSources {
  /** The package's `images` folder. */
  imagesDir: string;
  /** The development Infisical as one file. */
  devInfisicalBundle: string;
  /** Host's Node.js, and its version. */
  node: { path: string; version: string };
  /** Debian's name: amd64, arm64. */
  architecture: string;
}

/** The tag of a local image. It names everything that the image is made of: the tag is there, so is the image. */
export async function localImageTag(image: LocalImage, sources: LocalImageSources): Promise<string> {
  const hash = createHash('sha256').update(baseKey(sources.architecture)).update(JSON.stringify(image));
  hash.update(await readFile(entrypointPath(image, sources)));
  if (image.node) hash.update(`${sources.node.version} ${(await stat(sources.node.path)).size}`);
  if (image.name === 'infisical') hash.update(await readBundle(sources.devInfisicalBundle));
  return `onex-local/${image.name}:${hash.digest('hex').slice(0, 12)}`;
}

export function entrypointPath(image: LocalImage, { imagesDir }: LocalImageSources): string {
  return join(imagesDir, image.name, image.entrypoint.file);
}

async function readBundle(path: string): Promise<Buffer> {
  return readFile(path).catch(() => {
    throw missingPrerequisite(`The development Infisical is not built (${path}): run npm run build.`);
  });
}
