import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { missingPrerequisite } from '../../contracts/core/failures';
import { saying } from '../../contracts/core/foreign-words';
import { waitFor } from '../../contracts/core/wait-for';
import { runCommand, type Progress } from './run-command';

/** The commands with which an operator would install it. */
export const INSTALL_COMMANDS = ['apt-get update', 'apt-get install -y --no-install-recommends docker.io'];

// A fixed environment: no prompt, and one language.
const APT = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  DEBIAN_FRONTEND: 'noninteractive',
  LC_ALL: 'C.UTF-8',
};

/** Installs Debian's docker.io. Needs root and apt. */
export async function installDockerd(progress: Progress): Promise<void> {
  progress.onProgress?.('installing docker.io from Debian');
  const apt = (...args: string[]) =>
    runCommand('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-q', ...args], {
      signal: progress.signal,
      env: APT,
    });
  // One broken third-party source must not stop us: the installation itself tells whether the lists suffice.
  const update = await apt('update');
  const install = await apt('install', '-y', '--no-install-recommends', 'docker.io');
  if (install.code === 0) return;
  const failure = missingPrerequisite(
    `Docker is not installed, and installing it failed (apt-get ended with code ${install.code}). Install it by hand and run again:\n  ${INSTALL_COMMANDS.join('\n  ')}`,
  );
  throw saying(failure, 'apt-get', update.output + install.output);
}

const PIDFILES = [
  { path: '/var/run/docker.pid', program: 'dockerd' },
  { path: '/var/run/docker/containerd/containerd.pid', program: 'containerd' },
];

export interface DockerdStart {
  /** Where it writes its log: a file, or the command that shows it. */
  log: string;
  /** Where it is a process of ours: resolves, with a reason, only if that ends. */
  ended?: Promise<string>;
}

/**
 * Starts the engine so that it outlives us: by systemd or sysvinit where they run, else as a process of its own
 * session that writes to `log`.
 */
export async function startDockerd(log: string): Promise<DockerdStart> {
  if (existsSync('/run/systemd/system')) {
    await runCommand('systemctl', ['start', 'docker']);
    return { log: 'journalctl -u docker' };
  }
  if (existsSync('/etc/init.d/docker') && (await programOf(1)) === 'init') {
    await runCommand('service', ['docker', 'start']);
    return { log: '/var/log/docker.log' };
  }
  await Promise.all(PIDFILES.map(({ path, program }) => removeStalePidfile(path, program)));
  await mkdir(dirname(log), { recursive: true, mode: 0o700 });
  const file = await open(log, 'a', 0o600);
  try {
    const child = spawn('dockerd', [], {
      detached: true,
      stdio: ['ignore', file.fd, file.fd],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      cwd: '/',
    });
    const ended = new Promise<string>((resolve) => {
      child.once('error', ({ code }: NodeJS.ErrnoException) => resolve(`dockerd cannot be run (${code})`));
      child.once('exit', (code, signal) => resolve(`dockerd ended with ${signal ?? `code ${code}`}`));
    });
    child.unref();
    return { log, ended };
  } finally {
    await file.close();
  }
}

/** How an operator restarts this machine's engine. */
export const restartCommand = (): string =>
  existsSync('/run/systemd/system')
    ? 'systemctl restart docker'
    : `kill $(cat ${PIDFILES[0]!.path}), and run again: it is started then`;

/** Has the engine stop, with its containers. False where that takes longer than `forMs`, or it is not known how. */
export async function stopDockerd(forMs: number): Promise<boolean> {
  const { path, program } = PIDFILES[0]!;
  const pid = Number(await readFile(path, 'utf8').catch(() => '0'));
  if (pid === 0 || (await programOf(pid)) !== program) return false;
  if (existsSync('/run/systemd/system')) await runCommand('systemctl', ['stop', 'docker']);
  else process.kill(pid, 'SIGTERM');
  const ended = async () => (await programOf(pid)) !== program || undefined;
  return (await waitFor(ended, { everyMs: 100, forMs })) ?? false;
}

/** The pidfile of a dead engine would stop the next one. A living process of another name has merely got its number. */
export async function removeStalePidfile(path: string, program: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined || (await programOf(Number(text))) === program) return;
  await rm(path, { force: true });
}

/** The name of a living process, or undefined. */
export async function programOf(pid: number): Promise<string | undefined> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined);
  return name?.trim();
}
