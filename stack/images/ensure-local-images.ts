import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import type Docker from 'dockerode';
import { missingPrerequisite, refused } from '../../contracts/core/failures';
import type { Progress } from '../engine/run-command';
import { baseLayer } from './base-layer';
import { baseKey } from './base-recipe';
import { buildLocalImages, bundleOf, scriptsOf, type TaggedImage } from './build-local-images';
import { inspectImage, type ImageOptions, type ResolvedImage } from './image';
import { localImageFor, type LocalImage, type LocalSources } from './local-image';
import { follow } from './pull-image';

/** Local images by name: those that the engine has not are built and loaded, all in one archive. */
export async function ensureLocalImages(
  engine: Docker,
  images: readonly LocalImage[],
  options: ImageOptions,
): Promise<Map<string, ResolvedImage>> {
  const found = new Map<string, ResolvedImage>();
  const look = async (tagged: TaggedImage[], action: ResolvedImage['action']) => {
    const missing: TaggedImage[] = [];
    for (const one of tagged) {
      const { image, tag } = one;
      const inspected = await inspectImage(engine, tag);
      if (inspected === undefined) missing.push(one);
      else found.set(image.name, { ref: tag, id: inspected.id, kind: 'local', action });
    }
    return missing;
  };
  const tags = images.map(async (image) => ({ image, tag: await localImageTag(image, options) }));
  const missing = await look(await Promise.all(tags), 'present');
  if (missing.length === 0) return found;
  if (options.onlyHere === true)
    throw missingPrerequisite(`${missing.map(({ tag }) => tag).join(', ')} would have to be built.`);
  const folder = await buildLocalImages(missing, options);
  try {
    options.onProgress?.(`loading ${missing.map(({ tag }) => tag).join(', ')}`);
    await loadImages(engine, folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const [lost] = await look(missing, 'built');
  if (lost !== undefined) throw new Error(`the engine took ${lost.tag} and does not have it`);
  return found;
}

const REGISTRY = 'https://registry-1.docker.io/v2/'; // of all that local images stand for
const REGISTRY_MS = 3_000;

/**
 * Builds what all local images stand on while an engine is installed, where these may need one: the registry cannot be
 * reached from here. Whatever fails is told by the step that needs it.
 */
export async function buildAhead(
  references: readonly string[],
  { cacheDir, signal }: { cacheDir: string; signal: AbortSignal },
  registry = REGISTRY,
): Promise<void> {
  if (!references.some(localImageFor)) return;
  const answer = await fetch(registry, { signal: AbortSignal.timeout(REGISTRY_MS) }).catch(() => undefined);
  if (answer === undefined) await baseLayer(cacheDir, { signal }).catch(() => undefined);
}

/** Whether the engine has this local image as it would be built now. */
export async function hasLocalImage(
  engine: Docker,
  image: LocalImage,
  sources: LocalSources,
): Promise<boolean> {
  return (await inspectImage(engine, await localImageTag(image, sources))) !== undefined;
}

/** The tag of a local image. It names everything that the image is made of: the tag is there, so is the image. */
export async function localImageTag(image: LocalImage, sources: LocalSources): Promise<string> {
  const hash = createHash('sha256').update(baseKey()).update(JSON.stringify(image));
  for (const { source } of scriptsOf(image, sources)) hash.update(await readFile(source));
  if (image.node) hash.update(`${process.version} ${(await stat(process.execPath)).size}`);
  if (image.name === 'infisical') hash.update(await readBundle(bundleOf(sources)));
  return `onex-local/${image.name}:${hash.digest('hex').slice(0, 12)}`;
}

async function readBundle(path: string): Promise<Buffer> {
  return readFile(path).catch(() => {
    throw missingPrerequisite(`The development Infisical is not built (${path}): run npm run build.`);
  });
}

/** Gives the engine the images in `folder` (the layout of `docker save`). */
async function loadImages(engine: Docker, folder: string, { signal }: Progress): Promise<void> {
  const tar = spawn('tar', ['-C', folder, '-cf', '-', '.'], { stdio: ['ignore', 'pipe', 'ignore'], signal });
  tar.on('error', () => undefined);
  const failure = await follow(engine, await engine.loadImage(tar.stdout, { quiet: true }));
  signal?.throwIfAborted();
  if (failure !== undefined) throw refused(`The engine refused a locally built image: ${failure}`);
}
