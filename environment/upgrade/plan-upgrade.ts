import { badInput, refused, severalProblems } from '../../contracts/core/failures';
import type { Service, Stack } from '../../stack/compose/stack';
import { findContainer, type FoundContainer } from '../../stack/engine/containers';
import { databaseServices, openDatabase, serverVersion } from '../../stack/engine/database';
import { imageMajor } from '../../stack/engine/postgres-major';
import type { Progress } from '../../stack/engine/run-command';
import { inspectImage, type ResolvedImage } from '../../stack/images/image';
import type { Environment } from '../environment';
import type { Upgrade } from './placement';

type Change = Upgrade['services'][string];

/**
 * Which services of the stack run another image than its file names, and from which to which; undefined where none does.
 * `asked` are the names of those that are meant; all of them where none is named. Nothing is changed. Refused where it can
 * be told that it would not work, or could not be put back.
 */
export async function planUpgrade(
  environment: Environment,
  { asked, at, ...progress }: Progress & { asked: readonly string[]; at: Date },
): Promise<Upgrade | undefined> {
  const stack = await environment.stack({ whole: true, asDeclared: true });
  const started = Object.values(stack.services).filter(({ profiles }) => profiles.length === 0);
  const names = started.map(({ name }) => name);
  const unknown = asked.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw badInput(`There is no service ${unknown.join(', ')} to upgrade: there are ${names.join(', ')}.`);
  const engine = environment.engine();
  const images = await environment.images(names, { ...progress, refresh: true, asDeclared: true });
  const changes: Record<string, Change> = {};
  const problems = [];
  const moves: Record<string, string> = {};
  for (const service of started) {
    const { name } = service;
    const found = await findContainer(engine, stack, name, environment.environment);
    const image = images[name]!;
    const isMeant = asked.length === 0 || asked.includes(name);
    if (found === undefined || found.imageId === image.id) continue;
    const from = await imageOf(environment, service, found);
    changes[name] = { from, ...(isMeant && { to: pinOf(service.image, image) }) };
    if (!isMeant) continue;
    const problem = impossible(stack, service, { from, kind: image.kind });
    if (problem !== undefined) problems.push(problem);
    else if (await isMajor(environment, stack, service, { found, from: from.ref, to: image.ref }))
      for (const volume of volumesOf(stack, service)) moves[volume] = freshName(volume, at);
  }
  if (problems.length > 0) throw severalProblems(problems);
  if (Object.values(changes).every(({ to }) => to === undefined)) return undefined;
  return { state: 'begun', services: changes, moves, restored: {} };
}

/** A volume's name in the engine for one that takes its place. */
export const freshName = (volume: string, at: Date): string =>
  `${volume}-${at
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase()}`;

/** The stack's volumes that a service writes to, by the names that the engine has for them. */
export const volumesOf = ({ volumes }: Stack, { mounts }: Service): string[] =>
  mounts.flatMap((mount) =>
    mount.kind === 'volume' && !mount.readOnly ? [volumes[mount.volume]!.engineName] : [],
  );

const pinOf = (image: string, { ref, id, kind }: ResolvedImage) => ({ image, ref, id, kind });

async function imageOf(environment: Environment, service: Service, found: FoundContainer) {
  const engine = environment.engine();
  const { Config } = await engine.getContainer(found.id).inspect();
  // its tag may be another image's by now
  const isStillSo = (await inspectImage(engine, Config.Image))?.id === found.imageId;
  const named = found.kind === 'local' || !isStillSo ? service.image : Config.Image;
  return {
    image: found.image ?? named,
    ref: isStillSo ? Config.Image : found.imageId,
    id: found.imageId,
    kind: found.kind,
  };
}

/** Whether the new image is a later major of Postgres, whose volume is a new one. */
async function isMajor(
  environment: Environment,
  stack: Stack,
  { name }: Service,
  images: { found: FoundContainer; from: string; to: string },
) {
  const database = databaseServices(stack).find((service) => service.name === name);
  if (database === undefined) return false;
  const engine = environment.engine();
  const to = await imageMajor(engine, images.to);
  const from =
    images.found.state === 'running'
      ? (await serverVersion(await openDatabase(engine, stack, database, environment.environment))).split(
          '.',
        )[0]!
      : await imageMajor(engine, images.from);
  if (from === undefined) throw still(name, database);
  if (to !== undefined && Number(to) < Number(from))
    throw refused(
      `${name} runs Postgres ${from}, and ${database.image} is Postgres ${to}: a dump of the later one is not for an earlier one. Name an image of Postgres ${from} or later in ${stack.file ?? 'the stack'}.`,
    );
  return to !== undefined && to !== from;
}

function impossible(
  stack: Stack,
  service: Service,
  { from: { image: from, kind: before }, kind }: { from: Change['from']; kind: ResolvedImage['kind'] },
) {
  const { name, image, ready } = service;
  const file = stack.file ?? 'the stack';
  if (ready?.protocol !== 'postgres' && isEarlier(image, from))
    return refused(
      `${name} runs ${from}, and ${image} is earlier: it does not read what the later one has written. Name ${from} or a later one in ${file}, or restore a backup of then.`,
    );
  const [volume] = volumesOf(stack, service);
  if (volume !== undefined && kind !== before)
    return refused(
      `${name} runs a ${before} image and ${image} is a ${kind} one, which must never open the volume ${volume}. Give the engine access to its registry, or load the image with docker load.`,
    );
  if (ready?.protocol === 'postgres' || ready?.protocol === 'valkey') return undefined;
  return volume === undefined
    ? undefined
    : refused(
        `${name} keeps data in the volume ${volume}, which is not part of a backup and could not be put back. Upgrade others by their names (onex-bootstrap upgrade SERVICE); ${name} gets its new image by up.`,
      );
}

const still = (name: string, { image }: Service) =>
  refused(
    `${name} does not run, and its image does not say which Postgres it is, so that it cannot be told how to move its data to ${image}. Name the image of before in the stack file, bring it up, and upgrade then.`,
  );

/** Whether an image is of an earlier version of the same repository, as far as the tags tell. */
export function isEarlier(image: string, than: string): boolean {
  const [one, other] = [image, than].map((reference) =>
    /^(.*):v?(\d+(?:\.\d+)*)[^/]*$/.exec(reference.replace(/@.*$/, '')),
  );
  if (!one || !other || one[1] !== other[1]) return false;
  const [left, right] = [one[2]!, other[2]!].map((version) => version.split('.').map(Number));
  for (let at = 0; at < Math.min(left!.length, right!.length); at++)
    if (left![at] !== right![at]) return left![at]! < right![at]!;
  return false;
}
