import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingPrerequisite, unavailable } from '../../contracts/core/failures';
import { saying } from '../../contracts/core/foreign-words';
import { runCommand, type Progress } from '../engine/run-command';
import { BASE_RECIPE, baseKey } from './base-recipe';
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
    const debs = await fetchPackages(folder, { signal, onProgress });
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

/** Resolves and downloads the recipe's packages into `folder` with an apt of its own: the host's is not touched. Returns the .deb files. */
async function fetchPackages(folder: string, { signal, onProgress }: Progress): Promise<string[]> {
  const { mirror, suite, keyring, seeds, drop } = BASE_RECIPE;
  const at = (...parts: string[]) => join(folder, ...parts);
  for (const path of ['lists/partial', 'cache/archives/partial', 'debs'])
    await mkdir(at(path), { recursive: true });
  await writeFile(
    at('debian.sources'),
    `Types: deb\nURIs: ${mirror}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n`,
  );
  // Nothing is installed, so every dependency is listed.
  await writeFile(at('status'), '');
  await writeFile(at('apt.conf'), aptConfig(at));
  const apt = async (...args: string[]) => {
    const result = await runCommand('apt-get', ['-q', '-c', at('apt.conf'), ...args], {
      cwd: at('debs'),
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
      signal,
    }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw missingPrerequisite(
        'Local images are built with apt-get and dpkg-deb, which this machine does not have: use Debian or Ubuntu, or give the engine access to a registry.',
      );
    });
    if (result.code === 0) return result.stdout;
    const failure = unavailable(
      `Local images need Debian's packages, and apt-get ${args[0]} failed (code ${result.code}). Neither a registry nor ${mirror} can be used from here: check the network or its proxy.`,
    );
    throw saying(failure, 'apt-get', result.output);
  };
  onProgress?.(`reading Debian ${suite}'s package list`);
  await apt('update', '--error-on=any');
  const planned = (await apt('install', '-s', ...seeds)).matchAll(/^Inst (\S+)/gm);
  const names = [...planned].map(([, name]) => name!);
  const wanted = names.filter((name) => !drop.some((pattern) => pattern.test(name)));
  onProgress?.(`downloading ${wanted.length} packages`);
  await apt('download', ...wanted);
  return (await readdir(at('debs'))).sort().map((name) => at('debs', name));
}

function aptConfig(at: (path: string) => string): string {
  const settings = {
    'Dir::Etc::SourceList': at('debian.sources'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State': at('.'),
    'Dir::State::Status': at('status'),
    'Dir::State::Lists': at('lists'),
    'Dir::Cache': at('cache'),
    // Debian's images for containers turn these files off, and each call would parse the lists again.
    'Dir::Cache::pkgcache': 'pkgcache.bin',
    'Dir::Cache::srcpkgcache': 'srcpkgcache.bin',
    'Acquire::GzipIndexes': 'false',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'APT::Sandbox::User': 'root',
    'APT::Install-Recommends': 'false',
    'Acquire::Languages': 'none',
  };
  // The host's proxy settings stay in force; what it does after an update is not meant for us.
  const cleared = ['APT::Update::Post-Invoke', 'APT::Update::Post-Invoke-Success'];
  const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";`);
  return [...lines, ...cleared.map((hook) => `#clear ${hook};`), ''].join('\n');
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
