import { spawn } from 'node:child_process';
import type { Workspace } from '../workspace';
import type { Job, JobResult } from './job';

const LIMIT_MS = 10 * 60_000; // far above a run with three `up`s on a busy machine

// The shell stays process 1 and so inherits, and buries, whatever loses its parent.
const SCRIPT = `set -e
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs tmpfs /var/lib/docker
mkdir /run/lock
ip link set lo up
cp -a "$ENGINE/." /var/lib/docker/
"$@" || exit $?`;

/**
 * Does one job in a machine of its own: private mounts, network and processes, an engine that has the images and
 * nothing else. All of it ends with the job, whatever was killed in there.
 */
export function inMachine(workspace: Workspace, job: Job): Promise<JobResult> {
  const isolation = ['--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const program = [process.execPath, '--', workspace.runner, JSON.stringify(job)];
  const args = ['--pdeathsig', 'KILL', 'unshare', ...isolation, 'bash', '-c', SCRIPT, 'bash', ...program];
  const machine = spawn('setpriv', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ENGINE: workspace.engine },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let [stdout, stderr] = ['', ''];
  machine.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  machine.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    machine.on('error', reject);
    machine.on('close', (code) => {
      if (code === 0) return resolve(JSON.parse(stdout) as JobResult);
      reject(new Error(`the machine of a run ended with ${code}:\n${stderr}`));
    });
  });
}
