import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { missingPrerequisite } from '../../contracts/core/failures';
import { waitFor } from '../../contracts/core/wait-for';
import { connectEngine, DEFAULT_SOCKET, pingEngine, type EngineAddress } from './connect-engine';
import { engineTrouble, others } from './engine-trouble';
import { INSTALL_COMMANDS, installDockerd, startDockerd, type DockerdStart } from './dockerd';
import type { Progress } from './run-command';

const START_DEADLINE_MS = 30_000;

export interface EnsuredEngine {
  version: string;
  action: 'found' | 'started' | 'installed';
}

export interface EngineOptions extends EngineAddress, Progress {
  /** Holds the log of an engine that we start ourselves. */
  stateDir: string;
  /** Where to look for this machine's own engine, and facts of the machine: tests give others. */
  socketPath?: string;
  machine?: Machine;
}

export interface Machine {
  isRoot: boolean;
  isDebian: boolean;
  hasDockerd: boolean;
}

/**
 * A Docker Engine that answers: found, started, or (root on Debian or Ubuntu) installed and started. Otherwise
 * MissingPrerequisite with what to run: an engine that was named and is dead too. Repeating it changes nothing.
 */
export async function ensureEngine(options: EngineOptions): Promise<EnsuredEngine> {
  const { engine: named, variables, socketPath = DEFAULT_SOCKET } = options;
  const engine = connectEngine({ engine: named ?? { host: `unix://${socketPath}` }, variables });
  const ping = await pingEngine(engine);
  const trouble = await engineTrouble(options, ping);
  if (trouble !== undefined) throw trouble;
  if (ping.state === 'alive') return { version: ping.version, action: 'found' };
  const machine = options.machine ?? (await readMachine());
  if (!machine.isRoot || !(machine.hasDockerd || machine.isDebian))
    throw byHand(machine, 'reason' in ping ? ping.reason : ping.state, await others(options));
  if (machine.hasDockerd) return { version: await start(engine, options), action: 'started' };
  await installDockerd(options);
  // The package's own script may have started it already.
  const after = await pingEngine(engine);
  const version = after.state === 'alive' ? after.version : await start(engine, options);
  return { version, action: 'installed' };
}

async function start(engine: Docker, { stateDir, signal, onProgress }: EngineOptions): Promise<string> {
  onProgress?.('starting the Docker Engine');
  const started = await startDockerd(join(stateDir, 'dockerd.log'));
  let ended: string | undefined;
  void started.ended?.then((reason) => (ended = reason));
  const version = await waitFor(
    async () => {
      // Read before the ping: an engine that somebody else started meanwhile may end ours and still answer.
      const over = ended;
      const ping = await pingEngine(engine, 2_000);
      if (ping.state === 'alive') return ping.version;
      if (over !== undefined) throw didNotStart(over, started);
      return undefined;
    },
    { everyMs: 50, forMs: START_DEADLINE_MS, signal },
  );
  if (version === undefined) throw didNotStart(`no answer within ${START_DEADLINE_MS / 1000} s`, started);
  return version;
}

const didNotStart = (reason: string, { log }: DockerdStart) =>
  missingPrerequisite(
    `The Docker Engine did not start: ${reason}. Its log says why: ${log}\nStart it by hand (dockerd) and run again.`,
  );

function byHand({ isRoot, isDebian, hasDockerd }: Machine, reason: string, instead: string) {
  const sudo = isRoot ? '' : 'sudo ';
  const commands = hasDockerd
    ? [`${sudo}systemctl start docker   # without systemd: ${sudo}dockerd &`]
    : isDebian
      ? [...INSTALL_COMMANDS.map((command) => sudo + command), `${sudo}systemctl enable --now docker`]
      : ['curl -fsSL https://get.docker.com | sudo sh', 'sudo systemctl enable --now docker'];
  return missingPrerequisite(
    `No Docker Engine answers at ${DEFAULT_SOCKET} (${reason}). Run this and start again, or name an engine in DOCKER_HOST or DOCKER_CONTEXT:\n  ${commands.join('\n  ')}${instead}`,
  );
}

async function readMachine(): Promise<Machine> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const folders = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];
  return {
    isRoot: process.getuid?.() === 0,
    isDebian: /^(ID|ID_LIKE)=.*\b(debian|ubuntu)\b/m.test(release) && existsSync('/usr/bin/apt-get'),
    hasDockerd: folders.some((folder) => existsSync(join(folder, 'dockerd'))),
  };
}
