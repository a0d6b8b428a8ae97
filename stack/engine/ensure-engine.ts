import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { missingPrerequisite } from '../../contracts/core/failures';
import { connectEngine, DEFAULT_SOCKET } from './connect-engine';
import { INSTALL_COMMANDS, installEngine } from './install-engine';
import { pingEngine } from './ping-engine';
import type { Progress } from './run-command';
import { startDockerd, type DockerdStart } from './start-dockerd';

const START_DEADLINE_MS = 30_000;
const POLL_MS = 50;
const DOCKERD_PATHS = [
  '/usr/bin/dockerd',
  '/usr/sbin/dockerd',
  '/usr/local/bin/dockerd',
  '/usr/local/sbin/dockerd',
];

export interface EnsuredEngine {
  version: string;
  action: 'found' | 'started' | 'installed';
}

export interface EngineOptions extends Progress {
  /** A DOCKER_HOST value. Given and dead is an error: nothing is installed then. */
  dockerHost?: string;
  sshAgent?: string;
  /** Holds the log of an engine that we start ourselves. */
  stateDir: string;
  /** Where to look without `dockerHost`, and facts of the machine: tests give others. */
  socketPath?: string;
  machine?: Machine;
}

export interface Machine {
  isRoot: boolean;
  isDebian: boolean;
  hasDockerd: boolean;
}

/**
 * A Docker Engine that answers: found, started, or (root on Debian or Ubuntu) installed and started.
 * Otherwise MissingPrerequisite with what to run. Repeating it changes nothing.
 */
export async function ensureEngine(options: EngineOptions): Promise<EnsuredEngine> {
  const engine = connectEngine(withSocket(options));
  const ping = await pingEngine(engine);
  if (ping.state === 'alive') return { version: ping.version, action: 'found' };
  if (options.dockerHost !== undefined) {
    throw missingPrerequisite(
      `No Docker Engine answers at DOCKER_HOST=${options.dockerHost} (${ping.reason}). Start that engine, or unset DOCKER_HOST to use this machine's own.`,
    );
  }
  if (ping.state === 'denied') {
    throw missingPrerequisite(
      `This user may not use ${DEFAULT_SOCKET}. Run as root, or:\n  sudo usermod -aG docker "$USER"   # then log in again`,
    );
  }
  const machine = options.machine ?? (await readMachine());
  if (!machine.isRoot || !(machine.hasDockerd || machine.isDebian)) throw byHand(machine, ping.reason);
  if (machine.hasDockerd) return { version: await start(engine, options), action: 'started' };
  await installEngine(options);
  // The package's own script may have started it already.
  const after = await pingEngine(engine);
  const version = after.state === 'alive' ? after.version : await start(engine, options);
  return { version, action: 'installed' };
}

const withSocket = ({ dockerHost, socketPath, ...rest }: EngineOptions) =>
  dockerHost === undefined && socketPath !== undefined
    ? { ...rest, dockerHost: `unix://${socketPath}` }
    : { ...rest, ...(dockerHost === undefined ? {} : { dockerHost }) };

async function start(engine: Docker, { stateDir, signal, onProgress }: EngineOptions): Promise<string> {
  onProgress?.('starting the Docker Engine');
  const started = await startDockerd(join(stateDir, 'dockerd.log'));
  let ended: string | undefined;
  void started.ended?.then((reason) => (ended = reason));
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    // Read before the ping: an engine that somebody else started meanwhile may end ours and still answer.
    const over = ended;
    const ping = await pingEngine(engine, 2_000);
    if (ping.state === 'alive') return ping.version;
    if (over !== undefined) throw await didNotStart(over, started);
    if (Date.now() > deadline)
      throw await didNotStart(`no answer within ${START_DEADLINE_MS / 1000} s`, started);
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

async function didNotStart(reason: string, { log }: DockerdStart) {
  const text = await readFile(log, 'utf8').catch(() => '');
  const tail = text.trim().split('\n').slice(-5).join('\n  ');
  return missingPrerequisite(
    `The Docker Engine did not start: ${reason}. Its last words (${log}):\n  ${tail}\nStart it by hand (dockerd) and run again.`,
  );
}

function byHand({ isRoot, isDebian, hasDockerd }: Machine, reason: string) {
  const sudo = isRoot ? '' : 'sudo ';
  const commands = hasDockerd
    ? [`${sudo}systemctl start docker   # without systemd: ${sudo}dockerd &`]
    : isDebian
      ? [...INSTALL_COMMANDS.map((command) => sudo + command), `${sudo}systemctl enable --now docker`]
      : ['curl -fsSL https://get.docker.com | sudo sh', 'sudo systemctl enable --now docker'];
  return missingPrerequisite(
    `No Docker Engine answers at ${DEFAULT_SOCKET} (${reason}). Run this and start again, or set DOCKER_HOST to an engine:\n  ${commands.join('\n  ')}`,
  );
}

async function readMachine(): Promise<Machine> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return {
    isRoot: process.getuid?.() === 0,
    isDebian: /^(ID|ID_LIKE)=.*\b(debian|ubuntu)\b/m.test(release) && existsSync('/usr/bin/apt-get'),
    hasDockerd: DOCKERD_PATHS.some((path) => existsSync(path)),
  };
}
