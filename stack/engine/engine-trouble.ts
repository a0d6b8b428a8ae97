import type { ApplicationFailure } from '@temporalio/common';
import { existsSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { missingPrerequisite } from '../../contracts/core/failures';
import {
  connectEngine,
  DEFAULT_SOCKET,
  hostnameOf,
  pingEngine,
  type EngineAddress,
  type Ping,
} from './connect-engine';
import { engineName } from './engine-address';

/**
 * What is wrong with the engine that an environment uses, in the same words for every command; undefined for one that can
 * be used, and for no engine at all on this machine: that one is started by `up`.
 */
export async function engineTrouble(
  address: EngineAddress,
  ping: Ping,
): Promise<ApplicationFailure | undefined> {
  const { engine } = address;
  const name = engine === undefined ? DEFAULT_SOCKET : engineName(engine);
  switch (ping.state) {
    case 'alive': {
      const host = engine && hostnameOf(engine);
      if (host === undefined || (await isThisMachine(host))) return undefined;
      return missingPrerequisite(
        `The Docker Engine at ${name} is on another machine, where the ports of the stack are those of its own 127.0.0.1. Run onex-bootstrap on that machine.`,
      );
    }
    case 'podman':
      return missingPrerequisite(
        `What answers at ${name} is Podman ${ping.version}; the stack needs a Docker Engine. Name one in DOCKER_HOST, or choose its context in DOCKER_CONTEXT.${await others(address)}`,
      );
    case 'denied':
      return missingPrerequisite(
        `This user may not use the Docker Engine at ${name} (${ping.reason}). Run as root, or:\n  sudo usermod -aG docker "$USER"   # then log in again${await others(address)}`,
      );
    case 'dead': {
      if (engine === undefined) return undefined;
      const isClear = engine.tls === undefined && hostnameOf(engine) !== undefined;
      const hint = isClear
        ? ' If it speaks TLS, set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder of its certificates.'
        : '';
      return missingPrerequisite(
        `No Docker Engine answers at ${name} (${ping.reason}). Start that engine, or name another one in DOCKER_HOST or DOCKER_CONTEXT (default is this machine's own).${hint}`,
      );
    }
  }
}

/** Engines of this user that answer: a rootless Docker or Podman is not taken without being asked for. */
export async function others({ engine, variables }: EngineAddress): Promise<string> {
  const value = (name: string) => variables?.get(name)?.reveal();
  const runtime = value('XDG_RUNTIME_DIR') ?? `/run/user/${process.getuid?.() ?? 0}`;
  const home = value('HOME');
  const sockets = [
    join(runtime, 'docker.sock'),
    ...(home === undefined ? [] : ['run', 'desktop'].map((dir) => join(home, '.docker', dir, 'docker.sock'))),
    join(runtime, 'podman', 'podman.sock'),
    '/run/podman/podman.sock',
  ].filter((path) => existsSync(path) && `unix://${path}` !== engine?.host);
  const lines = await Promise.all(
    sockets.map(async (path) => {
      const ping = await pingEngine(connectEngine({ engine: { host: `unix://${path}` } }), 1_000);
      if (ping.state === 'alive')
        return [`\nA Docker Engine of this user answers: DOCKER_HOST=unix://${path}`];
      return ping.state === 'podman' ? [`\nPodman answers at ${path}, which is no Docker Engine.`] : [];
    }),
  );
  return lines.flat().join('');
}

/** Whether a host's name or address is this machine's. One that is not known to DNS is nobody's: the call has said so. */
async function isThisMachine(host: string): Promise<boolean> {
  const found = await lookup(host, { all: true }).catch(() => []);
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  return found.some(({ address }) => own.includes(address) || address.startsWith('127.'));
}
