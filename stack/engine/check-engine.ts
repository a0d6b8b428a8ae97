import type { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import { refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import { loginSecret, servicesOn } from '../compose/ready';
import type { Stack, StackVolume } from '../compose/stack';
import { findContainer } from './containers';
import { engineCall } from './engine-error';
import { ownerProblem, volumeLabelsOf } from './volume-owner';
import { checkPorts } from './ports';
import { probe } from './probe';
import { readStackSecret } from './stack-secrets';
import { fingerprintLabel, keyFingerprints, readProvenKeys, saveProvenKeys } from './volume-keys';

interface CheckOptions {
  environment: string;
  stateDir: string;
  /** The operator's variables. */
  variables: ReadonlyMap<string, Secret>;
  note: (change: string) => void;
}

/** What speaks against starting the stack on this engine: ports that somebody else holds, volumes that our keys do not open. */
export function checkEngine(
  engine: Docker,
  stack: Stack,
  options: CheckOptions,
): Promise<ApplicationFailure[]> {
  return engineCall(async () => {
    const volumes = Object.values(stack.volumes).map((volume) => checkVolume(engine, stack, volume, options));
    return (await Promise.all([checkPorts(engine, stack), ...volumes])).flat();
  });
}

/**
 * What speaks against opening a volume: somebody else's, or its keys are others than those on disk. A password that was
 * changed in the running service and on disk is proven by a login and noted.
 */
export async function checkVolume(
  engine: Docker,
  stack: Stack,
  volume: StackVolume,
  { environment, stateDir, variables, note }: CheckOptions,
): Promise<ApplicationFailure[]> {
  const { engineName } = volume;
  const labels = await volumeLabelsOf(engine, engineName);
  if (labels === undefined) return [];
  const foreign = await ownerProblem(engineName, labels, stack.name, stateDir);
  if (foreign !== undefined) return [foreign];
  const [found, proven] = await Promise.all([
    keyFingerprints(stack, volume, { stateDir, variables }),
    readProvenKeys(stateDir, engineName),
  ]);
  const problems: ApplicationFailure[] = [];
  for (const name of volume.keys) {
    const label = labels[fingerprintLabel(name)];
    // a key that the declaration did not name when the volume was made
    if (label === undefined) continue;
    const expected = proven[name]?.label === label ? proven[name].fingerprint : label;
    const fingerprint = found[name];
    if (fingerprint === expected) continue;
    if (fingerprint === undefined) problems.push(missing(stack, engineName, name));
    else if (await provenByLogin(engine, stack, volume, name, environment)) {
      await saveProvenKeys(stateDir, engineName, { [name]: { fingerprint, label } });
      note(`accepted the changed ${name} of volume ${engineName}, proven by a login`);
    } else problems.push(mismatch(stack, engineName, name));
  }
  return problems;
}

/** Whether the service that runs on the volume lets the password on disk in. False where none runs, or for another key. */
async function provenByLogin(
  engine: Docker,
  stack: Stack,
  volume: StackVolume,
  secret: string,
  environment: string,
): Promise<boolean> {
  for (const service of servicesOn(stack.services, volume.name)) {
    if (service.ready === undefined || loginSecret(service) !== secret) continue;
    const container = await findContainer(engine, stack, service.name, environment);
    if (container?.state !== 'running') continue;
    const password = await readStackSecret(stack, secret).catch(() => undefined);
    if (password !== undefined && (await probe(service.ready, password)).state === 'ready') return true;
  }
  return false;
}

const START_OVER = 'or start over with: onex-bootstrap down --volumes (the data is lost)';

function missing(stack: Stack, volume: string, name: string) {
  return refused(
    `Volume ${volume} needs the key ${name}, and ${stack.secrets[name]?.file} is missing. Restore that file from its backup; ${START_OVER}.`,
  );
}

function mismatch(stack: Stack, volume: string, name: string) {
  const service = Object.values(stack.services).find((candidate) => loginSecret(candidate) === name)?.name;
  const changed =
    service === undefined
      ? ''
      : ` if you changed it on purpose, change it in the running ${service} too, and run again while that is up: a login proves it;`;
  return refused(
    `Volume ${volume} was made with a different ${name} from the one in ${stack.secrets[name]?.file}. Restore that file from the backup that belongs to the volume;${changed} ${START_OVER}.`,
  );
}
