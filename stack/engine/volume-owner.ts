import type { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import type { VolumeInspectInfo } from 'dockerode';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import { installationTag } from '../../environment/keys';
import { tolerate } from './engine-error';
import { INSTALLATION_LABEL, PROJECT_LABEL, STATE_DIR_LABEL } from './labels';

/** The labels of a volume by its name in the engine; undefined where there is none, or a remnant. */
export async function volumeLabelsOf(
  engine: Docker,
  name: string,
): Promise<Record<string, string> | undefined> {
  const volume = await tolerate(engine.getVolume(name).inspect(), 404);
  if (volume === undefined || (await isRemnant(engine, volume))) return undefined;
  return volume.Labels ?? {};
}

const usageSchema = z.object({
  Volumes: z.array(
    z.object({ Name: z.string(), UsageData: z.object({ Size: z.number(), RefCount: z.number() }).nullish() }),
  ),
});

/**
 * Whether a volume is what an engine leaves that was killed as it made one: a folder of its own, and nothing that was to be
 * known of it. Nobody has ever put anything in there, and no container has it.
 */
async function isRemnant(engine: Docker, volume: VolumeInspectInfo): Promise<boolean> {
  const { Name, Driver, Labels, Options } = volume;
  if (Driver !== 'local' || Object.keys({ ...Labels, ...Options }).length > 0) return false;
  const { Volumes } = usageSchema.parse(await engine.df());
  const usage = Volumes.find((one) => one.Name === Name)?.UsageData;
  return usage?.Size === 0 && usage.RefCount === 0;
}

/** Takes a remnant away, so that a volume of its name can be made with its labels: they cannot be added later. */
export async function removeRemnant(engine: Docker, name: string): Promise<void> {
  const volume = await tolerate(engine.getVolume(name).inspect(), 404);
  if (volume !== undefined && (await isRemnant(engine, volume)))
    await tolerate(engine.getVolume(name).remove() as Promise<unknown>, 404, 409);
}

/** Why a volume is not ours to open: we did not make it, or another installation did, whose keys are elsewhere. */
export async function ownerProblem(
  name: string,
  labels: Record<string, string>,
  project: string,
  stateDir: string,
): Promise<ApplicationFailure | undefined> {
  const owner = labels[INSTALLATION_LABEL];
  if (labels[PROJECT_LABEL] !== project || owner === undefined) {
    return refused(
      `Volume ${name} was not made by onex-bootstrap, and neither its keys nor the image that opened it are known. To use an Infisical that runs on it: onex-bootstrap up --infisical URL. Otherwise copy what you need from it, remove it and run again: docker volume rm ${name}`,
    );
  }
  const tag = await installationTag(stateDir);
  if (owner === tag) return undefined;
  const over =
    (await aliveElsewhere(labels, tag)) === undefined
      ? '; or start over with: onex-bootstrap down --volumes (the data is lost)'
      : '';
  const made = labels[STATE_DIR_LABEL];
  if (made === stateDir)
    return refused(
      `Volume ${name} was made by an installation whose passwords and keys were in ${stateDir} and are there no more. Bring that directory back, as it was, from a copy; or choose another --environment${over}.`,
    );
  return refused(
    `Volume ${name} belongs to another installation: its passwords and keys were made in ${made}, not in ${stateDir}. Use that one (ONEX_STATE_DIR), or restore it from its backup; or choose another --environment${over}.`,
  );
}

/**
 * The state directory of another installation that made a volume, where it is still there with its key: the data is alive.
 * Undefined for our own, and for data whose keys are gone.
 */
export async function aliveElsewhere(
  labels: Readonly<Record<string, string>> | null | undefined,
  tag: string,
): Promise<string | undefined> {
  const { [INSTALLATION_LABEL]: owner = tag, [STATE_DIR_LABEL]: dir } = labels ?? {};
  if (owner === tag || dir === undefined || !existsSync(join(dir, 'digest-key'))) return undefined;
  return (await installationTag(dir)) === owner ? dir : undefined;
}
