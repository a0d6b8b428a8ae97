import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unavailable } from '../../contracts/core/failures';
import { saying } from '../../contracts/core/foreign-words';
import { runCommand, type Progress } from '../engine/run-command';
import { BASE_RECIPE, baseKey } from './base-recipe';
import { fetchPackages } from './debian-packages';
import { cachedLayer, tarLayer, type Layer } from './tar-layer';

const PARALLEL = 4;
const LEFTOVER_MS = 3_600_000;

/** The layer under every local image, from `cacheDir` or built there from Debian packages. */
export async function baseLayer(cacheDir: string, { signal, onProgress }: Progress): Promise<Layer> {
  const path = join(cacheDir, `base-${baseKey()}.tar`);
  const cached = await cachedLayer(path);
  if (cached !== undefined) return cached;
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(cacheDir, 'build-'));
  try {
    const debs = await fetchPackages(folder, BASE_RECIPE, { signal, onProgress });
    onProgress?.(`unpacking ${debs.length} packages`);
    const root = join(folder, 'root');
    await mergedUsr(root);
    await unpack(debs, root, signal);
    await configure(root);
    onProgress?.('packing the base layer');
    const layer = await tarLayer(root, path, { signal });
    await removeOlder(cacheDir, path);
    return layer;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function mergedUsr(root: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
}

async function unpack(debs: string[], root: string, signal: AbortSignal | undefined): Promise<void> {
  const excludes = BASE_RECIPE.exclude.map((path) => `--exclude=${path}`);
  const script = 'deb=$1; root=$2; shift 2; dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" "$@"';
  const options = ['--keep-directory-symlink', '--no-same-owner', '--wildcards', ...excludes];
  const pending = [...debs];
  const worker = async () => {
    for (let deb = pending.shift(); deb !== undefined; deb = pending.shift()) {
      const args = ['-o', 'pipefail', '-c', script, 'unpack', deb, root, ...options];
      const { code, output } = await runCommand('bash', args, { signal });
      if (code !== 0)
        throw saying(unavailable(`Unpacking ${deb} failed (code ${code}).`), 'dpkg-deb', output);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

/** What the packages' scripts would have done. */
async function configure(root: string): Promise<void> {
  const at = (...parts: string[]) => join(root, ...parts);
  const programs = join('usr', 'lib', 'postgresql', BASE_RECIPE.postgres, 'bin');
  for (const program of await readdir(at(programs))) {
    await rm(at('usr', 'bin', program), { force: true });
    await symlink(`/${programs}/${program}`, at('usr', 'bin', program));
  }
  for (const path of [
    'data',
    'app',
    'tmp',
    'run',
    'root',
    'etc/ssl/certs',
    'var/lib/postgresql/data',
    'proc',
    'sys',
    'dev',
  ]) {
    await mkdir(at(path), { recursive: true });
  }
  await chmod(at('tmp'), 0o1777);
  await chmod(at('root'), 0o700);
  await rm(at('var', 'run'), { force: true, recursive: true });
  await symlink('/run', at('var', 'run'));
  await symlink('dash', at('usr', 'bin', 'sh')).catch(() => undefined);
  const authorities = at('usr', 'share', 'ca-certificates', 'mozilla');
  const names = (await readdir(authorities)).filter((name) => name.endsWith('.crt')).sort();
  const certificates = await Promise.all(names.map((name) => readFile(join(authorities, name), 'utf8')));
  await writeFile(at('etc', 'ssl', 'certs', 'ca-certificates.crt'), certificates.join(''));
  await writeFile(at('etc', 'nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
}

/** Layers of earlier recipes, and what a killed run left behind. */
async function removeOlder(cacheDir: string, current: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const path = join(cacheDir, name);
    const isLayer = /^base-.*\.tar(\.digest)?$/.test(name);
    const isLeftover = /^(build|load|node)-\w{6}$|\.part$/.test(name);
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
    if ((isLayer && !path.startsWith(current)) || (isLeftover && age > LEFTOVER_MS)) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
