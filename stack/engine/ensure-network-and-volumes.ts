import type Docker from 'dockerode';
import { refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import type { Stack, StackVolume } from '../compose/stack';
import { fingerprintLabels, keyFingerprints } from './key-fingerprints';
import { KIND_LABEL, type ImageKind } from '../images/image-kind';
import { statusOf } from './engine-error';
import { networkName } from './engine-names';
import {
  COMPOSE_PROJECT_LABEL,
  networkLabels,
  PROJECT_LABEL,
  volumeLabels,
  type Installation,
} from './labels';
import { readVolumeLabels } from './read-volume-labels';
import { ownerProblem } from './volume-owner';

export interface EnsuredResource {
  kind: 'network' | 'volume';
  name: string;
  action: 'created' | 'kept';
}

interface Options {
  environment: string;
  /** The image of each service by its name; volumes of services without one are left alone. */
  images: Record<string, { kind: ImageKind }>;
  /** Volumes of another installation are refused: their passwords and keys are elsewhere. */
  installation?: Installation;
  /** The installation's own key: a new volume is labelled with fingerprints of what opens it. */
  digestKey?: Secret;
}

/** The stack's network and data volumes. A volume is labelled with the kind of image that opens it, and refused to the other. */
export async function ensureNetworkAndVolumes(
  engine: Docker,
  stack: Stack,
  options: Options,
): Promise<EnsuredResource[]> {
  const { environment, images } = options;
  const wanted = new Map<string, ImageKind>();
  for (const { name, mounts } of Object.values(stack.services)) {
    const kind = images[name]?.kind;
    for (const mount of mounts)
      if (mount.kind === 'volume' && kind !== undefined) wanted.set(mount.volume, kind);
  }
  const results = await Promise.allSettled([
    ensureNetwork(engine, stack, environment),
    ...[...wanted].map(([name, kind]) => ensureVolume(engine, stack, stack.volumes[name]!, kind, options)),
  ]);
  // Nothing is still under way when a refusal is reported.
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function ensureNetwork(engine: Docker, stack: Stack, environment: string): Promise<EnsuredResource> {
  const name = networkName(stack);
  const owner = async () => {
    const listed = await engine.listNetworks({ filters: { name: [name] } });
    return listed.find(({ Name }) => Name === name)?.Labels;
  };
  let labels = await owner();
  if (labels === undefined) {
    try {
      await engine.createNetwork({
        Name: name,
        CheckDuplicate: true,
        Driver: 'bridge',
        Labels: networkLabels(stack, environment),
      });
      return { kind: 'network', name, action: 'created' };
    } catch (error) {
      // Somebody else was quicker: it is ours, or foreign.
      if (statusOf(error) !== 409) throw error;
      labels = (await owner()) ?? {};
    }
  }
  // A network holds no data, so that one made by docker compose for this project serves too.
  if (labels[PROJECT_LABEL] === stack.name || labels[COMPOSE_PROJECT_LABEL] === stack.name) {
    return { kind: 'network', name, action: 'kept' };
  }
  throw refused(`Network ${name} is not ours. Remove it and run again: docker network rm ${name}`);
}

async function ensureVolume(
  engine: Docker,
  stack: Stack,
  volume: StackVolume,
  kind: ImageKind,
  { environment, installation, digestKey }: Options,
): Promise<EnsuredResource> {
  const name = volume.engineName;
  const before = await readVolumeLabels(engine, name);
  if (before === undefined) {
    const fingerprints =
      digestKey === undefined ? {} : await keyFingerprints(stack, volume, { key: digestKey });
    await engine.createVolume({
      Name: name,
      Labels: {
        ...volumeLabels(stack, volume.name, environment, kind, installation),
        ...fingerprintLabels(fingerprints),
      },
    });
  }
  // Creating a volume that somebody else has just made succeeds and drops our labels: read them back.
  const labels = before ?? (await readVolumeLabels(engine, name)) ?? {};
  const foreign = ownerProblem(name, labels, stack.name, installation);
  if (foreign !== undefined) throw foreign;
  const first = labels[KIND_LABEL];
  if (first !== undefined && first !== kind) {
    throw refused(
      `Volume ${name} was opened first by a ${first} image, and a ${kind} one must never open it. ${first === 'registry' ? 'Give the engine access to its registry, or load the image with docker load' : 'Local images open it: run again'}; or start over with: onex-bootstrap down --volumes (its data is lost).`,
    );
  }
  return { kind: 'volume', name, action: before === undefined ? 'created' : 'kept' };
}
