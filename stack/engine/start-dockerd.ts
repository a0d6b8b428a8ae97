import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { programOf, removeStalePidfile } from './remove-stale-pidfile';
import { runCommand } from './run-command';

const PIDFILES = [
  { path: '/var/run/docker.pid', program: 'dockerd' },
  { path: '/var/run/docker/containerd/containerd.pid', program: 'containerd' },
];

export type DockerdStart =
  | { by: 'systemd' | 'service'; log: string; ended?: undefined }
  | { by: 'process'; log: string; ended: Promise<string> };

/**
 * Starts the engine so that it outlives us: by systemd or sysvinit where they run, else as a process of its own
 * session that writes to `log`. `ended` resolves, with a reason, only if that process ends.
 */
export async function startDockerd(log: string): Promise<DockerdStart> {
  if (existsSync('/run/systemd/system')) {
    await runCommand('systemctl', ['start', 'docker']);
    return { by: 'systemd', log: 'journalctl -u docker' };
  }
  if (existsSync('/etc/init.d/docker') && (await programOf(1)) === 'init') {
    await runCommand('service', ['docker', 'start']);
    return { by: 'service', log: '/var/log/docker.log' };
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
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`dockerd ended with ${signal ?? `code ${code}`}`));
    });
    child.unref();
    return { by: 'process', log, ended };
  } finally {
    await file.close();
  }
}
