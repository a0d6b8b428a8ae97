import { execFileSync, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Victim } from '../kill-point';
import { places } from './places';
import { isAlive, killAll, othersOfMachine, pidIn } from './processes';
import type { Up } from './product';

/** What Debian's unit file waits before it starts a dead engine again is 2 s; less makes the longer runs shorter. */
const ENGINE_RESTART_MS = 500;

/** The processes of a victim at this moment; empty where it does not run yet. */
export function processesOf(victim: Victim, up: Up): number[] {
  const found = (pid: number | undefined) => (pid === undefined ? [] : [pid]);
  switch (victim) {
    case 'worker':
      return found(up.child.pid);
    case 'temporal':
      return found(pidIn(`${places.state}/temporal/server.json`, /"pid":(\d+)/));
    case 'engine':
      return found(pidIn(places.dockerd.pidFile));
    case 'infisical':
    case 'postgres':
    case 'valkey':
      return found(pidOfContainer(victim));
    case 'everything':
      return othersOfMachine();
  }
}

/** Kills all of it as a crash would: the engine does not know that it was meant. */
export async function kill(victim: Victim, up: Up): Promise<void> {
  await killAll(processesOf(victim, up));
  // A container may have been restarted between two looks.
  if (victim === 'everything') for (let left; (left = othersOfMachine()).length > 0;) await killAll(left);
}

/**
 * Starts again what nobody else does: the engine, as systemd would. Containers come back by the engine's restart
 * policy, the Temporal server by `up`, and after `everything` the engine does too.
 */
export async function bringBack(victim: Victim): Promise<void> {
  if (victim !== 'engine') return;
  await sleep(ENGINE_RESTART_MS);
  const log = openSync(places.dockerd.log, 'a');
  spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log], cwd: '/' }).unref();
}

function pidOfContainer(service: string): number | undefined {
  try {
    const args = ['inspect', '--format', '{{.State.Pid}}', places.container(service)];
    const pid = Number(execFileSync('docker', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
    return pid > 0 && isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}
