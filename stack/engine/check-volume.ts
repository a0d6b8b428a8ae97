import type { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import { refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import type { Stack, StackVolume } from '../compose/stack';
import type { Installation } from './labels';
import { readVolumeLabels } from './read-volume-labels';
import { ownerProblem } from './volume-owner';
import { fingerprintLabel, keyFingerprints } from './key-fingerprints';
import { expectedFingerprint, readProvenKeys, saveProvenKeys } from './proven-keys';
import { provenByLogin } from './proven-by-login';

interface Options {
  installation: Installation;
  /** The installation's own key. */
  key: Secret;
  /** The operator's variables. */
  given: ReadonlyMap<string, Secret>;
  note: (change: string) => void;
}

/**
 * What speaks against opening a volume: somebody else's, or its keys are others than those on disk. A password that was
 * changed in the running service and on disk is proven by a login and noted.
 */
export async function checkVolume(
  engine: Docker,
  stack: Stack,
  volume: StackVolume,
  { installation, key, given, note }: Options,
): Promise<ApplicationFailure[]> {
  const { engineName } = volume;
  const labels = await readVolumeLabels(engine, engineName);
  if (labels === undefined) return [];
  const foreign = ownerProblem(engineName, labels, stack.name, installation);
  if (foreign !== undefined) return [foreign];
  const { stateDir } = installation;
  const [found, proven] = await Promise.all([
    keyFingerprints(stack, volume, { key, given }),
    readProvenKeys(stateDir, engineName),
  ]);
  const problems: ApplicationFailure[] = [];
  for (const name of volume.keys) {
    const expected = expectedFingerprint(name, labels, proven);
    const fingerprint = found[name];
    if (expected === undefined || fingerprint === expected) continue;
    if (fingerprint === undefined) problems.push(missing(stack, engineName, name));
    else if (await provenByLogin(engine, stack, volume, name)) {
      const label = labels[fingerprintLabel(name)];
      const entry = { fingerprint, ...(label === undefined ? {} : { label }) };
      await saveProvenKeys(stateDir, engineName, { [name]: entry });
      note(`took the changed ${name} of volume ${engineName}, proven by a login`);
    } else problems.push(mismatch(stack, engineName, name));
  }
  return problems;
}

const START_OVER = 'or start over with: onex-bootstrap down --volumes (the data is lost)';

function missing(stack: Stack, volume: string, name: string) {
  return refused(
    `Volume ${volume} is opened by ${name}, and ${stack.secrets[name]?.file} is not there. Restore that file from its backup; ${START_OVER}.`,
  );
}

function mismatch(stack: Stack, volume: string, name: string) {
  const service = passwordOf(stack, name);
  const changed =
    service === undefined
      ? ''
      : ` if you changed it on purpose, change it in the running ${service} too, and run while that runs: a login proves it;`;
  return refused(
    `Volume ${volume} was made with another ${name} than ${stack.secrets[name]?.file} holds. Restore that file from the backup that belongs to the volume;${changed} ${START_OVER}.`,
  );
}

const passwordOf = (stack: Stack, name: string) =>
  Object.values(stack.services).find(
    ({ ready }) => ready !== undefined && 'password' in ready && ready.password === name,
  )?.name;
