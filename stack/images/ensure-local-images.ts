import { rm } from 'node:fs/promises';
import type Docker from 'dockerode';
import { buildLocalImages } from './build-local-images';
import { inspectImage } from './inspect-image';
import { loadImages } from './load-images';
import type { LocalImage } from './local-image';
import { localImageTag, type LocalImageSources } from './local-image-tag';
import type { ImageOptions, ResolvedImage } from './resolve-images';

/** Local images by name: those that the engine has not are built and loaded, all in one archive. */
export async function ensureLocalImages(
  engine: Docker,
  images: readonly LocalImage[],
  options: ImageOptions,
): Promise<Map<string, ResolvedImage>> {
  const tagged = await Promise.all(
    images.map(async (image) => ({ image, tag: await localImageTag(image, options.sources) })),
  );
  const found = new Map<string, ResolvedImage>();
  const look = async (action: ResolvedImage['action']) => {
    const missing = [];
    for (const { image, tag } of tagged) {
      if (found.has(image.name)) continue;
      const inspected = await inspectImage(engine, tag);
      if (inspected === undefined) missing.push({ image, tag });
      else found.set(image.name, { ref: tag, id: inspected.id, kind: 'local', action });
    }
    return missing;
  };
  const missing = await look('present');
  if (missing.length === 0) return found;
  const folder = await buildLocalImages(missing, options.sources, options);
  try {
    options.onProgress?.(`loading ${missing.map(({ tag }) => tag).join(', ')}`);
    await loadImages(engine, folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const lost = await look('built');
  if (lost.length > 0) throw new Error(`the engine took ${lost[0]!.tag} and does not have it`);
  return found;
}

/** Whether the engine has this local image as it would be built now. */
export async function hasLocalImage(
  engine: Docker,
  image: LocalImage,
  sources: LocalImageSources,
): Promise<boolean> {
  return (await inspectImage(engine, await localImageTag(image, sources))) !== undefined;
}
