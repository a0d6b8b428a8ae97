import type { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import type { Configuration } from '../../contracts/settings/configuration';
import type { Settings } from '../../contracts/settings/settings';
import type { Stack } from '../compose/stack';
import type { EngineFacts } from './engine-facts';
import { installationKey, installationTag } from '../../environment/keys';
import { checkClock } from '../../activities/preflight/check-clock';
import { checkDisk, DATA_NEEDS } from '../../activities/preflight/check-disk';
import { checkPorts } from './check-ports';
import { checkVolume } from './check-volume';

interface Options {
  config: Configuration;
  facts: EngineFacts;
  note: (change: string) => void;
}

/** What speaks against starting the stack on this engine: its clock, its disk, taken ports, volumes that our keys do not open. */
export async function checkEngine(
  engine: Docker,
  stack: Stack,
  settings: Settings,
  { config, facts, note }: Options,
): Promise<ApplicationFailure[]> {
  const { stateDir } = settings;
  const local = config.dockerHost === undefined || config.dockerHost.startsWith('unix:');
  const volumes = async () => {
    const installation = { tag: await installationTag(stateDir), stateDir };
    const options = { installation, key: await installationKey(stateDir), given: config.variables, note };
    const checks = Object.values(stack.volumes).map((volume) => checkVolume(engine, stack, volume, options));
    return (await Promise.all(checks)).flat();
  };
  const problems = await Promise.all([
    // an engine in a virtual machine names a folder that is not here
    local ? checkDisk(facts.dataRoot, 'the Docker Engine’s data', DATA_NEEDS) : none(),
    checkPorts(engine, stack, { local }),
    volumes(),
  ]);
  return [...checkClock(facts.clock), ...problems.flat()];
}

const none = () => Promise.resolve([]);
