import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { missingPrerequisite } from '../../contracts/core/failures';
import type { Progress } from '../engine/run-command';
import { buildBase } from './build-base';
import type { LocalImage } from './local-image';
import { entrypointPath, type LocalImageSources } from './local-image-tag';
import { cachedLayer, tarLayer, type Layer } from './tar-layer';

// A Node.js that is a thin program around a shared library (as Debian's own is) does not run in the image.
const SELF_CONTAINED_BYTES = 40 * 1024 * 1024;

export interface TaggedImage {
  image: LocalImage;
  tag: string;
}

/** Builds images in a folder that `docker load` understands as a tar: layers, configurations, manifest. The caller removes it. */
export async function buildLocalImages(
  images: readonly TaggedImage[],
  sources: LocalImageSources,
  { cacheDir, ...progress }: { cacheDir: string } & Progress,
): Promise<string> {
  const base = await buildBase(cacheDir, sources.architecture, progress);
  const node = images.some(({ image }) => image.node) ? [await nodeLayer(sources, cacheDir, progress)] : [];
  const folder = await mkdtemp(join(cacheDir, 'load-'));
  const manifest = [];
  for (const { image, tag } of images) {
    progress.onProgress?.(`building ${tag}`);
    const own = await ownLayer(image, sources, join(folder, image.name), progress);
    const layers = [base, ...(image.node ? node : []), own];
    const config = JSON.stringify(imageConfig(image, layers, sources.architecture));
    const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
    await writeFile(join(folder, configName), config);
    for (const layer of layers) await link(layer.path, join(folder, layerName(layer))).catch(ignoreExisting);
    await rm(own.path);
    await rm(`${own.path}.digest`);
    manifest.push({ Config: configName, RepoTags: [tag], Layers: layers.map(layerName) });
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

const layerName = ({ diffId }: Layer) => `${diffId.replace('sha256:', '')}.tar`;

function imageConfig(image: LocalImage, layers: Layer[], architecture: string) {
  return {
    architecture,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      ...image.config,
      Labels: { 'onex.image-kind': 'local', 'onex.stands-for': image.standsFor.join(' ') },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'onex-bootstrap' })),
  };
}

async function nodeLayer({ node }: LocalImageSources, cacheDir: string, progress: Progress): Promise<Layer> {
  const { size } = await stat(node.path);
  if (size < SELF_CONTAINED_BYTES) {
    throw missingPrerequisite(
      `${node.path} is not self-contained and cannot run in an image: use a Node.js from nodejs.org or NodeSource, or give the engine access to a registry.`,
    );
  }
  const path = join(cacheDir, `node-${node.version}-${size}.tar`);
  const cached = await cachedLayer(path);
  if (cached !== undefined) return cached;
  const folder = await mkdtemp(join(cacheDir, 'node-'));
  try {
    await place(join(folder, 'usr/local/bin/node'), node.path);
    return await tarLayer(folder, path, { ...progress, follow: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ownLayer(
  image: LocalImage,
  sources: LocalImageSources,
  folder: string,
  progress: Progress,
): Promise<Layer> {
  await place(join(folder, image.entrypoint.target), entrypointPath(image, sources));
  if (image.name === 'infisical') await place(join(folder, 'backend/server.js'), sources.devInfisicalBundle);
  const users = [{ name: 'root', id: 0 }, ...image.users, { name: 'nobody', id: 65_534 }];
  const home = (id: number) => (id === 0 ? '/root' : '/nonexistent');
  await mkdir(join(folder, 'etc'), { recursive: true });
  await writeFile(
    join(folder, 'etc/passwd'),
    users.map(({ name, id }) => `${name}:x:${id}:${id}::${home(id)}:/bin/sh\n`).join(''),
  );
  await writeFile(join(folder, 'etc/group'), users.map(({ name, id }) => `${name}:x:${id}:\n`).join(''));
  const layer = await tarLayer(folder, `${folder}.tar`, { ...progress, follow: true });
  await rm(folder, { recursive: true });
  return layer;
}

async function place(target: string, source: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await symlink(source, target);
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
