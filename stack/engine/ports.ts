import type { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import type { ContainerInfo } from 'dockerode';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { refused, unavailable } from '../../contracts/core/failures';
import { waitFor } from '../../contracts/core/wait-for';
import { BELIEVED_MS, hasOneOf, listenersOn } from '../../environment/network/listeners';
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

/** What speaks against the stack's ports: each that somebody else holds, with its owner. Not what `stuckPorts` are. */
export async function checkPorts(engine: Docker, stack: Stack): Promise<ApplicationFailure[]> {
  const taken = await takenPorts(engine, stack);
  return taken.flatMap(({ service, port, holder }) =>
    holder?.kind === 'engine' ? [] : [takenBy(holder, service, port.host)],
  );
}

/**
 * Ports of the stack that the engine itself holds, for no container: it was killed as it started one, and remembers the port
 * but not the container (20.10). Nothing that it can be asked for frees them, only its restart.
 */
export async function stuckPorts(
  engine: Docker,
  stack: Stack,
): Promise<{ service: Service; port: PublishedPort }[]> {
  return (await takenPorts(engine, stack)).filter(({ holder }) => holder?.kind === 'engine');
}

/** Each port of the stack that is not free, and whose it is; what a container that just starts or stops has is waited for. */
async function takenPorts(engine: Docker, stack: Stack) {
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
  const taken = await Promise.all(
    wanted.map(async ({ service, port }) => {
      if (await isFree(port, before)) return [];
      const holder = await holderOf(engine, port.host);
      const free = async () => ((await isFree(port, await published())) ? true : undefined);
      if (holder?.kind === 'engine' && (await waitFor(free, { everyMs: 250, forMs: CHANGING_MS }))) return [];
      return [{ service, port, holder }];
    }),
  );
  return taken.flat();
}

const ENGINE_MS = 3_000; // an engine that hangs does not hold up a read: the kernel is asked in any case

/** When a container of an environment last had a port, by performance.now(). */
const seen = new Map<string, number>();

/**
 * Why what listens at a port of this machine is no container of an environment of this installation; undefined where it is
 * one, and where no engine can be asked.
 */
export async function whyNotPublished(
  engine: Docker,
  { environment, stateDir }: { environment: string; stateDir: string },
  port: number,
): Promise<string | undefined> {
  const asked = `${stateDir} ${environment} ${port}`;
  if (performance.now() - (seen.get(asked) ?? -Infinity) < BELIEVED_MS) return undefined;
  const tag = await installationTag(stateDir);
  const label = [`${ENVIRONMENT_LABEL}=${environment}`, `${INSTALLATION_LABEL}=${tag}`];
  const abortSignal = AbortSignal.timeout(ENGINE_MS);
  const running = await engine
    .listContainers({ filters: { label, status: ['running'] }, abortSignal })
    .catch(() => undefined);
  const isOurs = ({ Ports }: ContainerInfo) => Ports.some(({ PublicPort }) => PublicPort === port);
  if (running === undefined) return undefined;
  if (running.some(isOurs)) return void seen.set(asked, performance.now());
  return `no container of ${environment} has the port ${port}, so that nothing was sent there`;
}

/** The refusal for a host port of a service that somebody else holds, with its owner. One of the engine's own may pass. */
export async function portTaken(engine: Docker, service: Service, host: number): Promise<ApplicationFailure> {
  const holder = await holderOf(engine, host);
  if (holder?.kind !== 'engine') return takenBy(holder, service, host);
  return unavailable(
    `Port ${publishedAs(service, host).address}:${host}, which ${service.name} needs, is held by the Docker Engine for no container.`,
    { lost: { kind: 'engine' } },
  );
}

const publishedAs = (service: Service, host: number) => {
  const { variable, address = '127.0.0.1' } = service.ports.find((port) => port.host === host) ?? {};
  return { variable, address };
};

type Stranger = Exclude<Holder, { kind: 'engine' }> | undefined;

function takenBy(holder: Stranger, service: Service, host: number): ApplicationFailure {
  const owner = inWords(holder);
  const { variable, address } = publishedAs(service, host);
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
  | { kind: 'engine' }
  | { kind: 'hidden' };

function inWords(holder: Stranger): string {
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
  const listeners = listenersOn(port);
  if (listeners.length === 0) return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (!hasOneOf(Number(pid), listeners)) continue;
    const program = (await programOf(Number(pid))) ?? 'unknown';
    return ENGINE_PROGRAMS.includes(program) ? { kind: 'engine' } : { kind: 'process', program, pid };
  }
  return { kind: 'hidden' };
}
