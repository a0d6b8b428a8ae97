import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingPrerequisite, refused, unavailable } from '../../contracts/core/failures';
import { saying } from '../../contracts/core/foreign-words';
import { runCommand, type Progress } from '../engine/run-command';

/** Which packages, from where, and whose signatures count. */
interface PackageRecipe {
  sources: readonly { mirror: string; suites: readonly string[] }[];
  keyring: string;
  seeds: readonly string[];
  drop: readonly RegExp[];
}

const UNSIGNED =
  /not signed|NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|signatures? (couldn't|were) |repository .* no longer signed/i;

/**
 * Resolves and downloads packages into `folder` with an apt of its own: the host's is not touched. A list that nobody in
 * the keyring signed is Refused, and so is what its signature does not cover. Returns the .deb files.
 */
export async function fetchPackages(
  folder: string,
  { sources, keyring, seeds, drop }: PackageRecipe,
  { signal, onProgress }: Progress,
): Promise<string[]> {
  const at = (...parts: string[]) => join(folder, ...parts);
  for (const path of ['lists/partial', 'cache/archives/partial', 'debs'])
    await mkdir(at(path), { recursive: true });
  const stanzas = sources.map(
    ({ mirror, suites }) =>
      `Types: deb\nURIs: ${mirror}\nSuites: ${suites.join(' ')}\nComponents: main\nSigned-By: ${keyring}\n`,
  );
  await writeFile(at('debian.sources'), stanzas.join('\n'));
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
    const mirrors = sources.map(({ mirror }) => mirror).join(' and ');
    const failure = UNSIGNED.test(result.output)
      ? refused(
          `Local images were not built: ${mirrors} gave package lists without a valid signature of Debian (${keyring}). Check the mirror or proxy, and the package debian-archive-keyring.`,
        )
      : unavailable(
          `Local images need Debian's packages, and apt-get ${args[0]} failed (code ${result.code}). Neither a registry nor ${mirrors} can be used from here: check the network or its proxy.`,
        );
    throw saying(failure, 'apt-get', result.output);
  };
  onProgress?.(`reading Debian's package lists`);
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
    // whatever the host allows: no list without a signature, none that is older than it may be, no package without a hash
    'APT::Get::AllowUnauthenticated': 'false',
    'Acquire::AllowInsecureRepositories': 'false',
    'Acquire::AllowWeakRepositories': 'false',
    'Acquire::AllowDowngradeToInsecureRepositories': 'false',
    'Acquire::Check-Valid-Until': 'true',
    'Acquire::Check-Date': 'true',
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
