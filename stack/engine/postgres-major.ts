import type { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { refused } from '../../contracts/core/failures';
import type { Service, Stack } from '../compose/stack';
import { findContainer, removeContainer } from './containers';
import { engineCall, tolerate } from './engine-error';
import { ENVIRONMENT_LABEL, INSTALLATION_LABEL, PROJECT_LABEL } from './labels';
import { installationOf } from './network-and-volumes';
import { volumeLabelsOf } from './volume-owner';

interface Looking {
  environment: string;
  stateDir: string;
  image: { ref: string; id: string };
  /** Volumes that were just made: nothing is in them. */
  fresh?: readonly string[];
}

/**
 * What speaks against starting a Postgres on its volumes: one holds data of another major than the image is, which that
 * does not open. Nothing is started to find out, and nothing looked at where the image runs on them already.
 */
export function checkMajor(
  engine: Docker,
  stack: Stack,
  service: Service,
  { environment, stateDir, image, fresh = [] }: Looking,
): Promise<ApplicationFailure[]> {
  return engineCall(async () => {
    const major = await imageMajor(engine, image.ref);
    if (major === undefined) return [];
    const running = await findContainer(engine, stack, service.name, environment);
    if (running?.state === 'running' && running.imageId === image.id) return [];
    const problems: ApplicationFailure[] = [];
    for (const mount of service.mounts) {
      const volume = mount.kind === 'volume' ? stack.volumes[mount.volume] : undefined;
      if (volume === undefined || fresh.includes(volume.engineName)) continue;
      if ((await volumeLabelsOf(engine, volume.engineName)) === undefined) continue;
      const { tag } = await installationOf(stateDir);
      const labels = {
        [PROJECT_LABEL]: stack.name,
        [ENVIRONMENT_LABEL]: environment,
        [INSTALLATION_LABEL]: tag,
      };
      const places = placesOf(service, mount.target, Number(major));
      const made = await majorIn(engine, { volume: volume.engineName, image: image.ref, labels, places });
      if (made !== undefined && made !== major)
        problems.push(other({ stack, service, environment }, volume.engineName, made, major));
    }
    return problems;
  });
}

/** The major of Postgres that an image is; undefined where it does not say. */
export async function imageMajor(engine: Docker, image: string): Promise<string | undefined> {
  const { Config } = await engine.getImage(image).inspect();
  return /^PG_MAJOR=(\d+)$/m.exec((Config.Env ?? []).join('\n'))?.[1];
}

/** Where in a volume a cluster may be; from 18 on each major has a folder of its own there, and begins a new one in silence. */
function placesOf({ environment }: Service, target: string, major: number): string[] {
  const named = environment['PGDATA'] === undefined ? '.' : posix.relative(target, environment['PGDATA']);
  const own = Array.from({ length: major + 3 - 18 }, (_, index) => `${18 + index}/docker`);
  return [named, '.', 'data', 'pgdata', ...own].filter((place) => !place.startsWith('..'));
}

const MOUNTED = '/onex-bootstrap-volume';

/** Reads PG_VERSION by a container that is made and never started. */
async function majorIn(
  engine: Docker,
  {
    volume,
    image,
    labels,
    places,
  }: { volume: string; image: string; labels: Record<string, string>; places: string[] },
): Promise<string | undefined> {
  const container = await engine.createContainer({
    Image: image,
    Labels: labels,
    NetworkDisabled: true,
    HostConfig: { Mounts: [{ Type: 'volume', Source: volume, Target: MOUNTED, ReadOnly: true }] },
  });
  try {
    for (const place of places) {
      const path = posix.join(MOUNTED, place, 'PG_VERSION');
      const archive = await tolerate(container.getArchive({ path }), 404);
      if (archive === undefined) continue;
      for await (const entry of archive.pipe(extract())) {
        const version = (await text(Readable.from(entry))).trim();
        if (/^\d+(\.\d+)?$/.test(version)) return version;
      }
    }
    return undefined;
  } finally {
    await removeContainer(engine, container.id);
  }
}

const other = (
  { stack, service: { name, image }, environment }: { stack: Stack; service: Service; environment: string },
  volume: string,
  made: string,
  major: string,
) =>
  refused(
    `Volume ${volume} was made by Postgres ${made}, and ${image} is Postgres ${major}, which does not open it: nothing was started. To go on with ${made}, give ${name} an image of it again in ${stack.file ?? 'the stack'}. To move the data, while the one of before runs: onex-bootstrap upgrade -e ${environment}`,
  );
