import type { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import { createServer } from 'node:net';
import type { Stack } from '../compose/stack';
import { PROJECT_LABEL } from './labels';
import { portTaken } from './port-taken';

const STARTED = 'runtime'; // the only profile whose services `up` starts

/** What speaks against the stack's ports on this machine: each that somebody else holds, with its owner. */
export async function checkPorts(
  engine: Docker,
  stack: Stack,
  { local }: { local: boolean },
): Promise<ApplicationFailure[]> {
  const containers = await engine.listContainers();
  const published = new Map(
    containers.flatMap(({ Ports, Labels }) =>
      Ports.map(({ PublicPort }) => [PublicPort, Labels[PROJECT_LABEL] === stack.name] as const),
    ),
  );
  const wanted = Object.values(stack.services)
    .filter(({ profiles }) => profiles.length === 0 || profiles.includes(STARTED))
    .flatMap((service) => service.ports.map(({ host }) => ({ service, host })));
  const problems = await Promise.all(
    wanted.map(async ({ service, host }) => {
      const ours = published.get(host);
      const taken = ours === undefined ? local && (await isTaken(host)) : !ours;
      return taken ? [await portTaken(engine, service, host)] : [];
    }),
  );
  return problems.flat();
}

/** Tries it: what listens on another address of this machine is not in the way. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EADDRINUSE'));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(false)));
  });
}
