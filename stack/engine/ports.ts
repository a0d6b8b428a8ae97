import type { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import type { ContainerInfo } from 'dockerode';
import { readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { refused } from '../../contracts/core/failures';
import { waitFor } from '../../contracts/core/wait-for';
import { listenersOn } from '../../environment/files/listeners';
import { installationTag } from '../../environment/keys';
import { isInfisical } from '../compose/infisical-service';
import { isStarted } from '../compose/order';
import type { PublishedPort } from '../compose/fields/ports';
import type { Service, Stack } from '../compose/stack';
import { isLocal } from './connect-engine';
import { programOf } from './dockerd';
import { ENVIRONMENT_LABEL, INSTALLATION_LABEL, PROJECT_LABEL } from './labels';

/** What opens ports for containers, a moment before the engine lists them as running, and a moment after. */
const ENGINE_PROGRAMS = ['docker-proxy', 'dockerd', 'rootlesskit'];
const CHANGING_MS = 10_000; // a container that starts or stops just now

/** What speaks against the stack's ports: each that somebody else holds, with its owner. */
export async function checkPorts(engine: Docker, stack: Stack): Promise<ApplicationFailure[]> {
  const published = async () => {
    const containers = await engine.listContainers();
    return new Map(
      containers.flatMap(({ Ports, Labels }) =>
        Ports.map(({ PublicPort }) => [PublicPort, Labels[PROJECT_LABEL] === stack.name] as const),
      ),
    );
  };
  const isFree = async (port: PublishedPort, known: Awaited<ReturnType<typeof published>>) =>
    known.get(port.host) ?? !(isLocal(engine) && (await isTaken(port)));
  const before = await published();
  const wanted = Object.values(stack.services)
    .filter(isStarted)
    .flatMap((service) => service.ports.map((port) => ({ service, port })));
  const problems = await Promise.all(
    wanted.map(async ({ service, port }) => {
      if (await isFree(port, before)) return [];
      const holder = await holderOf(engine, port.host);
      const isChanging = holder?.kind === 'process' && ENGINE_PROGRAMS.includes(holder.program);
      const free = async () => ((await isFree(port, await published())) ? true : undefined);
      if (isChanging && (await waitFor(free, { everyMs: 250, forMs: CHANGING_MS }))) return [];
      return [await portTaken(engine, service, port.host)];
    }),
  );
  return problems.flat();
}

const ENGINE_MS = 3_000; // an engine that hangs does not hold up a read: the kernel is asked in any case

/**
 * Why what listens at a port of this machine is no container of an environment of this installation; undefined where it is
 * one, and where no engine can be asked.
 */
export async function whyNotPublished(
  engine: Docker,
  { environment, stateDir }: { environment: string; stateDir: string },
  port: number,
): Promise<string | undefined> {
  const tag = await installationTag(stateDir);
  const label = [`${ENVIRONMENT_LABEL}=${environment}`, `${INSTALLATION_LABEL}=${tag}`];
  const abortSignal = AbortSignal.timeout(ENGINE_MS);
  const running = await engine
    .listContainers({ filters: { label, status: ['running'] }, abortSignal })
    .catch(() => undefined);
  const isOurs = ({ Ports }: ContainerInfo) => Ports.some(({ PublicPort }) => PublicPort === port);
  if (running === undefined || running.some(isOurs)) return undefined;
  return `no container of ${environment} has the port ${port}, so that nothing was sent there`;
}

/** The refusal for a host port of a service that somebody else holds, with its owner. */
export async function portTaken(engine: Docker, service: Service, host: number): Promise<ApplicationFailure> {
  const owner = inWords(await holderOf(engine, host));
  const { variable, address = '127.0.0.1' } = service.ports.find((port) => port.host === host) ?? {};
  const elsewhere = variable === undefined ? 'choose another host port' : `set ${variable} to another port`;
  return refused(
    `Port ${address}:${host}, which ${service.name} needs, is taken by ${owner}. Stop that, or ${elsewhere}${isInfisical(service) ? '; an Infisical that something else runs there is used with --infisical URL' : ''}.`,
  );
}

/** Tries it: what listens on another address of this machine is not in the way. */
function isTaken({ host, address = '127.0.0.1' }: PublishedPort): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EADDRINUSE'));
    server.listen(host, address, () => server.close(() => resolve(false)));
  });
}

type Holder =
  | { kind: 'container'; name: string }
  | { kind: 'process'; program: string; pid: string }
  | { kind: 'hidden' };

function inWords(holder: Holder | undefined): string {
  switch (holder?.kind) {
    case undefined:
      return 'somebody else';
    case 'container':
      return `container ${holder.name}`;
    case 'process':
      return `process ${holder.program} (pid ${holder.pid})`;
    case 'hidden':
      return 'a process of another user';
  }
}

/** Who holds a TCP port of this machine: a container, or a process where /proc tells. */
async function holderOf(engine: Docker, port: number): Promise<Holder | undefined> {
  const containers = await engine.listContainers();
  const holder = containers.find(({ Ports }) => Ports.some(({ PublicPort }) => PublicPort === port));
  if (holder !== undefined)
    return { kind: 'container', name: holder.Names[0]?.slice(1) ?? holder.Id.slice(0, 12) };
  const inodes = new Set((await listenersOn(port)).map(({ inode }) => inode));
  if (inodes.size === 0) return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const links = await Promise.all(handles.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
    if (!links.some((link) => inodes.has(link))) continue;
    return { kind: 'process', program: (await programOf(Number(pid))) ?? 'unknown', pid };
  }
  return { kind: 'hidden' };
}
