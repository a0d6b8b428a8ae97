import type Docker from 'dockerode';
import type { NetworkInspectInfo } from 'dockerode';
import { notReady, refused } from '../../contracts/core/failures';
import { installationTag } from '../../environment/keys';
import { isStarted } from '../compose/order';
import type { Stack, StackNetwork, StackVolume } from '../compose/stack';
import { engineCall, tolerate } from './engine-error';
import {
  COMPOSE_PROJECT_LABEL,
  KIND_LABEL,
  networkLabels,
  PROJECT_LABEL,
  volumeLabels,
  type ImageKind,
  type Installation,
} from './labels';
import { fingerprintLabel, keyFingerprints } from './volume-keys';
import { ownerProblem, removeRemnant, volumeLabelsOf } from './volume-owner';

export interface EnsuredResource {
  kind: 'network' | 'volume';
  name: string;
  action: 'created' | 'kept';
}

interface Options {
  environment: string;
  /** Volumes of another one are refused: their passwords and keys are there. */
  stateDir: string;
  /** The image of each service by its name; volumes of services without one are left alone. */
  images: Record<string, { kind: ImageKind }>;
}

/** The stack's networks and data volumes. A volume is labelled with the kind of image that opens it, and refused to the other. */
export function ensureNetworkAndVolumes(
  engine: Docker,
  stack: Stack,
  options: Options,
): Promise<EnsuredResource[]> {
  const wanted = new Map<string, ImageKind>();
  for (const { name, mounts } of Object.values(stack.services)) {
    const kind = options.images[name]?.kind;
    for (const mount of mounts)
      if (mount.kind === 'volume' && kind !== undefined) wanted.set(mount.volume, kind);
  }
  return engineCall(async () => {
    const results = await Promise.allSettled([
      ...Object.values(stack.networks).map((network) => ensureNetwork(engine, stack, network, options)),
      ...[...wanted].map(([name, kind]) => ensureVolume(engine, stack, stack.volumes[name]!, kind, options)),
    ]);
    // Nothing is still under way when a refusal is reported.
    return results.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  });
}

/**
 * The networks of a stack that was up before. Refused where a volume of what is started is gone: its data is lost, and
 * whether to go on with an empty one is for somebody to say.
 */
export function ensureNetworks(
  engine: Docker,
  stack: Stack,
  options: Omit<Options, 'images'>,
): Promise<EnsuredResource[]> {
  return engineCall(async () => {
    for (const { engineName } of usedVolumes(stack))
      if ((await volumeLabelsOf(engine, engineName)) === undefined)
        throw refused(
          `Volume ${engineName} is not there, so that nothing of ${options.environment} was started on an empty one. If its data is lost, restore a backup where nothing is: onex-bootstrap restore FILE. To go on with an empty volume: onex-bootstrap up -e ${options.environment}`,
        );
    const networks = Object.values(stack.networks);
    return Promise.all(networks.map((network) => ensureNetwork(engine, stack, network, options)));
  });
}

function usedVolumes({ services, volumes }: Stack): StackVolume[] {
  const mounts = Object.values(services)
    .filter(isStarted)
    .flatMap((service) => service.mounts);
  const used = new Set(mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : [])));
  return [...used].map((name) => volumes[name]!);
}

/** Names are not unique: the oldest comes first. */
export async function networksNamed(engine: Docker, name: string): Promise<NetworkInspectInfo[]> {
  const listed = await engine.listNetworks({ filters: { name: [name] } });
  return listed.filter(({ Name }) => Name === name).sort(byAge);
}

async function ensureNetwork(
  engine: Docker,
  stack: Stack,
  network: StackNetwork,
  { environment, stateDir }: Omit<Options, 'images'>,
): Promise<EnsuredResource> {
  const { engineName: name, internal, options, subnets } = network;
  const named = () => networksNamed(engine, name);
  const isOurs = ({ Labels = {} }: NetworkInspectInfo) =>
    Labels[PROJECT_LABEL] === stack.name || Labels[COMPOSE_PROJECT_LABEL] === stack.name;
  const before = await named();
  if (network.external) {
    if (before.length > 0) return { kind: 'network', name, action: 'kept' };
    throw refused(
      `Network ${name} is external in ${stack.file ?? 'the stack'}, and the engine has none of that name. Make it and run again: docker network create ${name}`,
    );
  }
  if (before.length === 0)
    await tolerate(
      engine.createNetwork({
        ...{ Name: name, CheckDuplicate: true, Driver: 'bridge' },
        Labels: networkLabels(stack, network, { environment, installation: await installationOf(stateDir) }),
        ...(internal && { Internal: true }),
        Options: options,
        ...(subnets.length > 0 && {
          IPAM: {
            Config: subnets.map(({ subnet, gateway, ip_range }) => ({
              ...(subnet !== undefined && { Subnet: subnet }),
              ...(gateway !== undefined && { Gateway: gateway }),
              ...(ip_range !== undefined && { IPRange: ip_range }),
            })),
          },
        }),
      }),
      409, // somebody else was quicker: it is ours, or foreign
    );
  const found = await named();
  // A network holds no data, so that one made by docker compose for this project serves too.
  if (found.length > 0 && found.every(isOurs)) {
    // of several that were made at one moment the oldest stays
    for (const { Id } of found.slice(1))
      await tolerate(engine.getNetwork(Id).remove() as Promise<unknown>, 403, 404, 409);
    return { kind: 'network', name, action: before.length === 0 ? 'created' : 'kept' };
  }
  throw refused(
    `Network ${name} was not made by onex-bootstrap. If it belongs to an Infisical that shall stay as it is, use that: onex-bootstrap up --infisical URL. Otherwise remove it and run again: docker network rm ${name}`,
  );
}

async function ensureVolume(
  engine: Docker,
  stack: Stack,
  volume: StackVolume,
  kind: ImageKind,
  { environment, stateDir }: Options,
): Promise<EnsuredResource> {
  const name = volume.engineName;
  const before = await volumeLabelsOf(engine, name);
  if (before === undefined) {
    const known = await keyFingerprints(stack, volume, { stateDir });
    // labels cannot be added later, and what a volume does not say of its keys nobody can check
    const unmade = volume.keys.filter(
      (key) => stack.secrets[key]?.origin.kind === 'generated' && known[key] === undefined,
    );
    if (unmade.length > 0) throw notReady(`${unmade.join(', ')} of volume ${name} are not on disk yet.`);
    const fingerprints = Object.entries(known);
    const installation = await installationOf(stateDir);
    await removeRemnant(engine, name);
    await engine.createVolume({
      Name: name,
      Labels: {
        ...volumeLabels(stack, volume, { environment, kind, installation }),
        ...Object.fromEntries(fingerprints.map(([key, value]) => [fingerprintLabel(key), value])),
      },
    });
  }
  // Creating a volume that somebody else has just made succeeds and drops our labels: read them back.
  const labels = before ?? (await volumeLabelsOf(engine, name)) ?? {};
  const foreign = await ownerProblem(name, labels, stack.name, stateDir);
  if (foreign !== undefined) throw foreign;
  const first = labels[KIND_LABEL];
  if (first !== kind) {
    throw refused(
      `Volume ${name} was opened first by a ${first} image, and a ${kind} one must never open it. ${first === 'registry' ? 'Give the engine access to its registry, or load the image with docker load' : 'Local images open it: run again'}; or start over with: onex-bootstrap down --volumes (its data is lost).`,
    );
  }
  return { kind: 'volume', name, action: before === undefined ? 'created' : 'kept' };
}

const byAge = (one: NetworkInspectInfo, other: NetworkInspectInfo): number =>
  one.Created.localeCompare(other.Created) || one.Id.localeCompare(other.Id);

/** The installation whose state directory this is, as labels name it. */
export const installationOf = async (stateDir: string): Promise<Installation> => ({
  tag: await installationTag(stateDir),
  stateDir,
});
