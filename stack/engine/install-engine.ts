import { missingPrerequisite } from '../../contracts/core/failures';
import { runCommand, type Progress } from './run-command';

/** The commands that an operator would type. */
export const INSTALL_COMMANDS = ['apt-get update', 'apt-get install -y --no-install-recommends docker.io'];

// A fixed environment: no prompt, and one language for the messages that we quote.
const environment = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  DEBIAN_FRONTEND: 'noninteractive',
  LC_ALL: 'C.UTF-8',
};
const LOCK_WAIT = ['-o', 'DPkg::Lock::Timeout=120'];

/** Installs Debian's docker.io. Needs root and apt. */
export async function installEngine(progress: Progress): Promise<void> {
  progress.onProgress?.('installing docker.io from Debian');
  // One broken third-party source must not stop us: the installation itself tells whether the lists suffice.
  const update = await runCommand('apt-get', [...LOCK_WAIT, 'update', '-q'], {
    ...progress,
    env: environment,
  });
  const install = await runCommand(
    'apt-get',
    [...LOCK_WAIT, 'install', '-y', '-q', '--no-install-recommends', 'docker.io'],
    { ...progress, env: environment },
  );
  if (install.code === 0) return;
  const reason = lastLines(update.code === 0 ? install.output : update.output + install.output);
  throw missingPrerequisite(
    `Docker is not here and could not be installed:\n${reason}\nInstall it by hand and run again:\n  ${INSTALL_COMMANDS.join('\n  ')}`,
  );
}

function lastLines(text: string): string {
  return text
    .trim()
    .split('\n')
    .slice(-8)
    .map((line) => `  ${line}`)
    .join('\n');
}
