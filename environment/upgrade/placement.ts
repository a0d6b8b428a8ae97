import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import type { Stack } from '../../stack/compose/stack';
import type { ResolvedImage } from '../../stack/images/image';
import { readStateFile, STATE_VERSION, writeStateFile } from '../files/state-file';

const UPGRADE = 'upgrade.json';
const MOVED = 'moved-volumes.json';
const LAST = 'last-upgrade.json';

const names = z.record(z.string(), z.string());
const image = z.object({
  /** As the stack file names it. */
  image: z.string(),
  /** What the engine knows it by, and its id. */
  ref: z.string(),
  id: z.string(),
  kind: z.enum(['registry', 'local']),
});
const upgradeSchema = z.object({
  version: z.literal(STATE_VERSION),
  /**
   * begun: the old images run. moving: the databases go over to the new ones. starting: the others do. putting back: the
   * old ones again, with the databases of the backup. put back: so it stays while the stack file names what failed.
   */
  state: z.enum(['begun', 'moving', 'starting', 'putting back', 'put back']),
  /** A service without `to` was not asked for, and keeps its image meanwhile. */
  services: z.record(z.string(), z.object({ from: image, to: image.optional() })),
  /** Volumes that the new images get, by the name that the stack file gives; their data is loaded into them. */
  moves: names,
  /** Volumes that the old images get in place of those that the new ones changed. */
  restored: names,
  /** What an identity read before. */
  before: z.object({ count: z.int(), digest: z.string() }).optional(),
  backup: z
    .object({
      path: z.string(),
      passphraseFile: z.string().optional(),
      identityFile: z.string().optional(),
    })
    .optional(),
  /** Why it is being put back. */
  problem: z.string().optional(),
  /** Volumes that nothing uses any more, once it ends. */
  left: z.array(z.string()).optional(),
});

/** An upgrade that is not through, or that was put back. What is in it is durable before it matters anywhere. */
export type Upgrade = Omit<z.infer<typeof upgradeSchema>, 'version'>;

export const readUpgrade = (stateDir: string): Promise<Upgrade | undefined> =>
  readStateFile(stateDir, UPGRADE, upgradeSchema);

/** Keeps how far an upgrade has come; `change` is on top of what is kept. */
export async function keepUpgrade(stateDir: string, upgrade: Upgrade, change: Partial<Upgrade> = {}) {
  const next: Upgrade = { ...upgrade, ...change };
  await writeStateFile(stateDir, UPGRADE, next);
  return next;
}

export const forgetUpgrade = (stateDir: string): Promise<void> =>
  rm(join(stateDir, UPGRADE), { force: true });

const lastSchema = z.object({
  version: z.literal(STATE_VERSION),
  ok: z.boolean(),
  /** When it ended, as ISO 8601. */
  at: z.string(),
  services: z.array(z.string()),
  /** Volumes that nothing uses any more. */
  left: z.array(z.string()),
  /** Why it was put back. */
  problem: z.string().optional(),
});

/** How the last upgrade ended; undefined where there was none. */
export const lastUpgrade = (stateDir: string) => readStateFile(stateDir, LAST, lastSchema);

export const noteUpgrade = (stateDir: string, end: Omit<z.infer<typeof lastSchema>, 'version'>) =>
  writeStateFile(stateDir, LAST, end);

/** Whether it is neither done nor put back. */
export const isUnderWay = (upgrade: Upgrade | undefined): upgrade is Upgrade =>
  upgrade !== undefined && upgrade.state !== 'put back';

/** Refused between the old images and the new ones: what is written there may be lost. */
export async function refuseWhileUpgrading(stateDir: string, environment: string): Promise<void> {
  if (!isUnderWay(await readUpgrade(stateDir))) return;
  throw refused(
    `An upgrade of ${environment} was begun and is not through: nothing else may change it meanwhile. To end it, upgraded or as it was before: onex-bootstrap upgrade -e ${environment}`,
  );
}

const movedSchema = z.object({ version: z.literal(STATE_VERSION), volumes: names });

/** Volumes that took the place of others for good, by the name that the stack file gives. */
export const readMoved = async (stateDir: string): Promise<Record<string, string>> =>
  (await readStateFile(stateDir, MOVED, movedSchema))?.volumes ?? {};

/** From now on these volumes stand in the place of others. */
export async function moveVolumes(stateDir: string, volumes: Record<string, string>): Promise<void> {
  if (Object.keys(volumes).length === 0) return;
  await writeStateFile(stateDir, MOVED, { volumes: { ...(await readMoved(stateDir)), ...volumes } });
}

/** What an environment's stack differs in from its file. */
export interface Placement {
  upgrade: Upgrade | undefined;
  moved: Readonly<Record<string, string>>;
}

export const readPlacement = async (stateDir: string): Promise<Placement> => ({
  upgrade: await readUpgrade(stateDir),
  moved: await readMoved(stateDir),
});

/** The images that an upgrade keeps at services of a stack, whatever its file names. */
export function pinnedImages(
  { services }: Pick<Stack, 'services'>,
  upgrade: Upgrade | undefined,
): Record<string, ResolvedImage & { image: string }> {
  if (upgrade === undefined) return {};
  const pinned = Object.entries(upgrade.services).flatMap(([name, { from, to }]) => {
    const named = services[name]?.image;
    // once it was put back, another image in the file is another decision; the stack may have been placed already
    const isOther = upgrade.state === 'put back' && named !== to?.image && named !== from.image;
    if (named === undefined || isOther) return [];
    const isNew = upgrade.state === 'moving' || upgrade.state === 'starting';
    return [[name, { ...(isNew ? (to ?? from) : from), action: 'present' as const }] as const];
  });
  return Object.fromEntries(pinned);
}

/** The label by which a container on a volume that took another's place differs from one on that. */
const VOLUMES_LABEL = 'onex.volumes';

/** A stack with the images that an upgrade keeps, and the volumes that took the place of others. */
export function placed(stack: Stack, { upgrade, moved }: Placement): Stack {
  const images = pinnedImages(stack, upgrade);
  const places = { ...moved, ...volumesOf(upgrade) };
  const placeOf = (volume: string) => places[stack.volumes[volume]?.engineName ?? ''];
  const services = mapped(stack.services, (service) => {
    const others = service.mounts.flatMap((mount) =>
      mount.kind === 'volume' ? (placeOf(mount.volume) ?? []) : [],
    );
    return {
      ...service,
      image: images[service.name]?.image ?? service.image,
      ...(others.length > 0 && { labels: { ...service.labels, [VOLUMES_LABEL]: others.join(' ') } }),
    };
  });
  const volumes = mapped(stack.volumes, (volume) => ({
    ...volume,
    engineName: placeOf(volume.name) ?? volume.engineName,
  }));
  return { ...stack, services, volumes };
}

const mapped = <T>(record: Record<string, T>, map: (value: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));

function volumesOf(upgrade: Upgrade | undefined): Record<string, string> {
  if (upgrade?.state === 'moving' || upgrade?.state === 'starting') return upgrade.moves;
  return upgrade?.state === 'putting back' ? upgrade.restored : {};
}
