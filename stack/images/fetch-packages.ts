import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingPrerequisite, unavailable } from '../../contracts/core/failures';
import { runCommand, type Progress } from '../engine/run-command';
import { BASE_RECIPE } from './base-recipe';

const HOOKS = ['APT::Update::Post-Invoke', 'APT::Update::Post-Invoke-Success'];

/** Resolves and downloads the recipe's packages into `folder` with an apt of its own: the host's is not touched. Returns the .deb files. */
export async function fetchPackages(folder: string, progress: Progress): Promise<string[]> {
  const [lists, cache, debs] = [join(folder, 'lists'), join(folder, 'cache'), join(folder, 'debs')];
  await Promise.all(
    [join(lists, 'partial'), join(cache, 'archives', 'partial'), debs].map((path) =>
      mkdir(path, { recursive: true }),
    ),
  );
  const { mirror, suite, keyring } = BASE_RECIPE;
  const [sources, status] = [join(folder, 'debian.sources'), join(folder, 'status')];
  await writeFile(
    sources,
    `Types: deb\nURIs: ${mirror}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n`,
  );
  // Nothing is installed, so every dependency is listed.
  await writeFile(status, '');
  const settings = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State': folder,
    'Dir::State::Status': status,
    'Dir::State::Lists': lists,
    'Dir::Cache': cache,
    // Debian's images for containers turn these files off, and each call would parse the lists again.
    'Dir::Cache::pkgcache': 'pkgcache.bin',
    'Dir::Cache::srcpkgcache': 'srcpkgcache.bin',
    'Acquire::GzipIndexes': 'false',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'APT::Sandbox::User': 'root',
    'APT::Install-Recommends': 'false',
    'Acquire::Languages': 'none',
  };
  const config = join(folder, 'apt.conf');
  const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";`);
  // The host's proxy settings stay in force; what it does after an update is not meant for us.
  await writeFile(config, [...lines, ...HOOKS.map((hook) => `#clear ${hook};`), ''].join('\n'));
  const apt = async (...args: string[]) => {
    const result = await runCommand('apt-get', ['-q', '-c', config, ...args], {
      cwd: debs,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
      ...(progress.signal === undefined ? {} : { signal: progress.signal }),
    }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw missingPrerequisite(
        'Local images are built with apt-get and dpkg-deb, which this machine does not have: use Debian or Ubuntu, or give the engine access to a registry.',
      );
    });
    if (result.code !== 0) throw aptFailed(args[0]!, result.output);
    return result.stdout;
  };
  progress.onProgress?.(`reading Debian ${suite}'s package list`);
  await apt('update', '--error-on=any');
  const planned = (await apt('install', '-s', ...BASE_RECIPE.seeds)).matchAll(/^Inst (\S+)/gm);
  const names = [...planned]
    .map(([, name]) => name!)
    .filter((name) => !BASE_RECIPE.drop.some((drop) => drop.test(name)));
  progress.onProgress?.(`downloading ${names.length} packages`);
  await apt('download', ...names);
  return (await readdir(debs)).sort().map((name) => join(debs, name));
}

function aptFailed(command: string, output: string) {
  const reason = output.trim().split('\n').slice(-3).join('\n  ');
  return unavailable(
    `Local images need Debian's packages, and apt-get ${command} failed:\n  ${reason}\nNeither a registry nor ${BASE_RECIPE.mirror} can be used from here: check the network or its proxy.`,
  );
}
