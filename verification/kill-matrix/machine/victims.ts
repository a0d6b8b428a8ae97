import { execFileSync, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, killAll, livePid, processIds, type Running } from '../../harness/processes';
import { containerOf, temporalServer } from '../../harness/product';
import type { Victim } from '../kill-points';
import { pidBeside } from './beside';
import { places } from './job';

/** What Debian's unit file waits before it starts a dead engine again is 2 s; less makes the longer runs shorter. */
const ENGINE_RESTART_MS = 500;

/** The processes of a victim at this moment; empty where it does not run yet. */
export function processesOf(victim: Victim, up: Running): number[] {
  switch (victim) {
    case 'worker':
      return up.child.pid === undefined ? [] : [up.child.pid];
    case 'temporal':
      return livePid(() => temporalServer(places).pid);
    case 'engine':
      return livePid(() => readFileSync('/run/docker.pid', 'utf8'));
    case 'infisical':
    case 'postgres':
    case 'valkey':
      return livePid(() => pidOfContainer(victim));
    case 'host':
    case 'home':
      return livePid(() => pidBeside(victim));
    case 'everything':
      return othersOfMachine();
  }
}

/** Kills all of it as a crash would: the engine does not know that it was meant. */
export async function kill(victim: Victim, up: Running): Promise<void> {
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
  const log = openSync(`${places.state}/dockerd.log`, 'a');
  spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log], cwd: '/' }).unref();
}

function pidOfContainer(service: string): string {
  const args = ['inspect', '--format', '{{.State.Pid}}', containerOf(places, service)];
  return execFileSync('docker', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
}

/** Every process of this machine but the harness and process 1. */
const othersOfMachine = () => processIds().filter((pid) => pid > 1 && pid !== process.pid && isAlive(pid));
