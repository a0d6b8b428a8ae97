import type Docker from 'dockerode';
import type { ContainerInfo } from 'dockerode';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import { waitFor } from '../../contracts/core/wait-for';
import type { ObservedContainer } from '../compose/plan-container';
import type { Stack } from '../compose/stack';
import { engineCall, statusOf, tolerate } from './engine-error';
import { framesOf } from './exec';
import { endLeftRunning } from './left-running';
import {
  COMPOSE_PROJECT_LABEL,
  COMPOSE_SERVICE_LABEL,
  containerName,
  ENVIRONMENT_LABEL,
  HASH_LABEL,
  IMAGE_LABEL,
  kindOfLabels,
  PROJECT_LABEL,
  type ImageKind,
} from './labels';

export interface FoundContainer extends ObservedContainer {
  kind: ImageKind;
  imageId: string;
  /** The image as the stack file named it then; undefined for one that an earlier release made. */
  image: string | undefined;
  /** As the engine says it: `Up 3 minutes (healthy)`. */
  status: string;
}

/**
 * The container of a service of an environment, whatever it was called when it was made, or undefined. One of its name
 * that is not ours is refused.
 */
export async function findContainer(
  engine: Docker,
  stack: Stack,
  service: string,
  environment: string,
): Promise<FoundContainer | undefined> {
  return containerAmong(await listAll(engine), stack, service, environment);
}

/** All containers of an engine, for looks at several services. */
export const listAll = (engine: Docker): Promise<ContainerInfo[]> => engine.listContainers({ all: true });

/** The same among containers that are known. */
export function containerAmong(
  containers: readonly ContainerInfo[],
  stack: Stack,
  service: string,
  environment: string,
): FoundContainer | undefined {
  const name = containerName(stack, service);
  const called = containers.find(({ Names }) => Names.includes(`/${name}`));
  const isOfStack = ({ Labels }: ContainerInfo) => Labels[PROJECT_LABEL] === stack.name;
  const isOurs = (found: ContainerInfo) =>
    isOfStack(found) && found.Labels[ENVIRONMENT_LABEL] === environment;
  const container =
    called ?? containers.find((found) => isOfStack(found) && found.Labels[COMPOSE_SERVICE_LABEL] === service);
  if (container === undefined) return undefined;
  if (!isOurs(container)) throw foreign(container, stack);
  return {
    id: container.Id,
    state: container.State,
    configHash: container.Labels[HASH_LABEL],
    kind: kindOfLabels(container.Labels),
    imageId: container.ImageID,
    image: container.Labels[IMAGE_LABEL],
    status: /^Up [\w ]{1,40}( \([\w: ]{1,20}\))?$/.test(container.Status)
      ? container.Status
      : container.State,
    exitCode: exitCodeOf(container),
  };
}

function exitCodeOf({ State, Status }: ContainerInfo): number | undefined {
  const [, code] = /^Exited \((\d+)\)/.exec(Status) ?? [];
  return State === 'exited' && code !== undefined ? Number(code) : undefined;
}

const ELSEWHERE =
  'If it is an Infisical that shall stay as it is, use that: onex-bootstrap up --infisical URL';

function foreign({ Id, Image, Labels, Names }: ContainerInfo, stack: Stack) {
  const name = Names[0]?.slice(1) ?? Id;
  const id = Id.slice(0, 12);
  const owner = Labels[ENVIRONMENT_LABEL];
  if (owner !== undefined && Labels[PROJECT_LABEL] !== undefined)
    return refused(
      `Container ${name} (${id}) belongs to the environment ${owner}. Give this stack names of its own, name: and container_name: in ${stack.file ?? 'its file'}, or take that one down: onex-bootstrap down -e ${owner}`,
    );
  return Labels[COMPOSE_PROJECT_LABEL] === stack.name
    ? refused(
        `Container ${name} (${id}) was made by docker compose, not by onex-bootstrap. ${ELSEWHERE}. Otherwise remove it and its volumes, whose keys are not known here, and run again: docker compose -p ${stack.name} down --volumes (its data is lost)`,
      )
    : refused(
        `Container ${name} (${id}, image ${Image}) was not made by onex-bootstrap. ${ELSEWHERE}. Otherwise rename or remove it and run again: docker rename ${name} ${name}-old`,
      );
}

/** Stops a container within its own grace period and removes it with its anonymous volumes; named ones stay. */
export async function removeContainer(engine: Docker, containerId: string): Promise<void> {
  const container = engine.getContainer(containerId);
  await tolerate(container.stop(), 304, 404, 409, 500);
  await endLeftRunning(engine, containerId); // else it would go on beside the next one
  let underWay: unknown;
  const gone = await waitFor(
    () =>
      container.remove({ force: true, v: true }).then(
        () => true,
        (error: unknown) => {
          if (statusOf(error) === 404) return true;
          if (statusOf(error) !== 409) throw error;
          // Its removal was begun by somebody else or before a crash.
          underWay = error;
          return undefined;
        },
      ),
    { everyMs: 100, forMs: 20_000 },
  );
  if (gone === undefined) throw underWay;
}

/** How a container's process ended, if it does while we wait; or the error by which the engine cannot tell any more. */
export type Ending = { exitCode: number } | { lost: unknown };

/** How the container's process ends next. Open for ever once `signal` is aborted. */
export function endingOf(engine: Docker, containerId: string, signal: AbortSignal): Promise<Ending> {
  const container = engine.getContainer(containerId);
  const wait = container.wait({ condition: 'next-exit', abortSignal: signal }) as Promise<{
    StatusCode: number;
  }>;
  return new Promise((resolve) => {
    wait
      // 0 may be the state of a restart that the engine's policy has begun meanwhile
      .then(({ StatusCode }) => StatusCode || notedExitCode(engine, containerId))
      .then((exitCode = 0) => resolve({ exitCode }))
      .catch((error: unknown) => signal.aborted || resolve({ lost: error }));
  });
}

const event = z.object({ Actor: z.object({ Attributes: z.object({ exitCode: z.coerce.number() }) }) });

/**
 * The code with which a container's process ended last, as the engine noted it. The container's own state says 0 as soon
 * as its next start has begun. Undefined where the engine remembers no end of it.
 */
async function notedExitCode(engine: Docker, containerId: string): Promise<number | undefined> {
  const { SystemTime } = (await engine.info()) as { SystemTime: string };
  const events = await engine.getEvents({
    until: (Date.parse(SystemTime) + 1) / 1000, // the engine's clock in seconds: its answer ends there
    filters: { container: [containerId], event: ['die'] },
  });
  const latest = (await text(events)).trim().split('\n').at(-1);
  return latest ? event.parse(JSON.parse(latest)).Actor.Attributes.exitCode : undefined;
}

/** The last lines that a container wrote, both streams. May hold secrets: they stand in no message. */
export async function tailLogs(engine: Docker, containerId: string, lines = 12): Promise<string[]> {
  const container = engine.getContainer(containerId);
  const output = await container.logs({ stdout: true, stderr: true, tail: lines, follow: false });
  const parts: Buffer[] = [];
  for await (const { content } of framesOf([output])) parts.push(content);
  const written = Buffer.concat(parts).toString('utf8').split('\n');
  return written
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-lines);
}

/** Has a running service read its files again (SIGHUP); one that ended meanwhile reads them at its start. */
export const signalService = (engine: Docker, stack: Stack, name: string): Promise<void> =>
  engineCall(async () => {
    await tolerate(engine.getContainer(containerName(stack, name)).kill({ signal: 'SIGHUP' }), 404, 409);
  });
