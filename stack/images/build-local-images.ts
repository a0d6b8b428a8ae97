import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { missingPrerequisite } from '../../contracts/core/failures';
import { baseLayer } from './base-layer';
import { ARCHITECTURE } from './base-recipe';
import type { ImageOptions } from './image';
import type { LocalImage, LocalSources } from './local-image';
import { cachedLayer, tarLayer, type Layer } from './tar-layer';

// A Node.js that is a thin program around a shared library (as Debian's own is) does not run in the image.
const SELF_CONTAINED_BYTES = 40 * 1024 * 1024;

export interface TaggedImage {
  image: LocalImage;
  tag: string;
}

/** The scripts of an image: where they are, and where the image has them. */
export const scriptsOf = (
  { name, entrypoint, programs = [] }: LocalImage,
  { packageDir }: LocalSources,
): { source: string; target: string }[] =>
  [entrypoint, ...programs.map((file) => ({ file, target: `usr/local/bin/${file}` }))].map(
    ({ file, target }) => ({ source: join(packageDir, 'images', name, file), target }),
  );

export const bundleOf = ({ packageDir, devInfisicalBundle }: LocalSources) =>
  devInfisicalBundle ?? join(packageDir, 'dist', 'dev-infisical-bundle.js');

/** Builds images in a folder that `docker load` understands as a tar: layers, configurations, manifest. The caller removes it. */
export async function buildLocalImages(
  images: readonly TaggedImage[],
  options: ImageOptions,
): Promise<string> {
  const base = await baseLayer(options.cacheDir, options);
  const node = images.some(({ image }) => image.node) ? [await nodeLayer(options)] : [];
  const folder = await mkdtemp(join(options.cacheDir, 'load-'));
  const manifest = [];
  for (const { image, tag } of images) {
    options.onProgress?.(`building ${tag}`);
    const own = await ownLayer(image, join(folder, image.name), options);
    const layers = [base, ...(image.node ? node : []), own];
    const config = JSON.stringify(imageConfig(image, layers));
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

function imageConfig(image: LocalImage, layers: Layer[]) {
  const created = '1970-01-01T00:00:00Z';
  return {
    architecture: ARCHITECTURE,
    os: 'linux',
    created,
    config: {
      ...image.config,
      Labels: { 'onex.image-kind': 'local', 'onex.stands-for': image.standsFor.join(' ') },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created, created_by: 'onex-bootstrap' })),
  };
}

async function nodeLayer({ cacheDir, ...progress }: ImageOptions): Promise<Layer> {
  const { execPath, version } = process;
  const { size } = await stat(execPath);
  if (size < SELF_CONTAINED_BYTES) {
    throw missingPrerequisite(
      `${execPath} is not self-contained and cannot run in an image: use a Node.js from nodejs.org or NodeSource, or give the engine access to a registry.`,
    );
  }
  const path = join(cacheDir, `node-${version}-${size}.tar`);
  const cached = await cachedLayer(path);
  if (cached !== undefined) return cached;
  const folder = await mkdtemp(join(cacheDir, 'node-'));
  try {
    await place(join(folder, 'usr/local/bin/node'), execPath);
    return await tarLayer(folder, path, { ...progress, follow: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ownLayer(image: LocalImage, folder: string, options: ImageOptions): Promise<Layer> {
  for (const { source, target } of scriptsOf(image, options)) await place(join(folder, target), source);
  if (image.name === 'infisical') await place(join(folder, 'backend/server.js'), bundleOf(options));
  const users = [{ name: 'root', id: 0 }, ...image.users, { name: 'nobody', id: 65_534 }];
  const home = (id: number) => (id === 0 ? '/root' : '/nonexistent');
  const passwd = users.map(({ name, id }) => `${name}:x:${id}:${id}::${home(id)}:/bin/sh\n`);
  await mkdir(join(folder, 'etc'), { recursive: true });
  await writeFile(join(folder, 'etc/passwd'), passwd.join(''));
  await writeFile(join(folder, 'etc/group'), users.map(({ name, id }) => `${name}:x:${id}:\n`).join(''));
  const layer = await tarLayer(folder, `${folder}.tar`, { ...options, follow: true });
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
