import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { missingPrerequisite, refused } from '../../contracts/core/failures';
import { someOf } from '../../contracts/core/some-of';
import { waitFor } from '../../contracts/core/wait-for';
import { withLock } from '../../environment/files/locks';
import type { Stack } from '../compose/stack';
import { connectEngine, DEFAULT_SOCKET, pingEngine, type EngineAddress } from './connect-engine';
import { engineTrouble, others } from './engine-trouble';
import {
  INSTALL_COMMANDS,
  installDockerd,
  restartCommand,
  startDockerd,
  stopDockerd,
  type DockerdStart,
} from './dockerd';
import { stuckPorts } from './ports';
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
  /** What can be done while the engine is installed. */
  meanwhile?: () => Promise<void>;
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
  await Promise.all([installDockerd(options), options.meanwhile?.()]);
  // The package's own script may have started it already.
  const after = await pingEngine(engine);
  const version = after.state === 'alive' ? after.version : await start(engine, options);
  return { version, action: 'installed' };
}

const STOP_DEADLINE_MS = 60_000; // it gives its containers 10 to 15 s

/**
 * Restarts the engine where it holds ports of the stack for no container (`stuckPorts`); `isOurs` tells by labels which
 * containers may be stopped for that. Says which ports; none where there is nothing to free. Refused, with what to run, where
 * the restart is not ours to do.
 */
export async function freePorts(
  stack: Stack,
  isOurs: (labels: Record<string, string>) => boolean,
  options: EngineOptions,
): Promise<number[]> {
  const engine = connectEngine(options);
  if ((await stuckPorts(engine, stack)).length === 0) return [];
  return withLock(join(options.stateDir, 'engine.lock'), async () => {
    const stuck = await stuckPorts(engine, stack); // somebody else may have freed them
    const [first] = stuck;
    if (first === undefined) return [];
    const { service, port } = first;
    const held = `The Docker Engine holds port ${port.host}, which ${service.name} needs, for a container that it was starting when it was killed. Only its restart frees the port`;
    const reason = await whyNotRestart(engine, isOurs, options);
    if (reason !== undefined)
      throw refused(`${held}, which is left to you because ${reason}: ${restartCommand()}`);
    options.onProgress?.('restarting the Docker Engine, which holds a port for no container');
    if (!(await stopDockerd(STOP_DEADLINE_MS)))
      throw refused(`${held}, and it does not end: ${restartCommand()}`);
    await start(engine, options);
    if ((await stuckPorts(engine, stack)).length > 0)
      throw refused(
        `The Docker Engine was restarted, and holds port ${port.host}, which ${service.name} needs, still. See what has it: docker ps, docker service ls`,
      );
    return stuck.map((each) => each.port.host);
  });
}

async function whyNotRestart(
  engine: Docker,
  isOurs: (labels: Record<string, string>) => boolean,
  { engine: named, machine }: EngineOptions,
): Promise<string | undefined> {
  if (named !== undefined) return 'you named the engine';
  const { isRoot } = machine ?? (await readMachine());
  if (!isRoot) return 'it takes root';
  const strangers = (await engine.listContainers()).filter(({ Labels }) => !isOurs(Labels));
  const names = strangers.map(({ Names }) => Names[0]?.slice(1) ?? '');
  return names.length === 0 ? undefined : `it stops ${someOf(names)} too`;
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
