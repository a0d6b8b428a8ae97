import type { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import type { Configuration } from '../../contracts/settings/configuration';
import type { Settings } from '../../contracts/settings/settings';
import type { Stack } from '../../contracts/stack/stack';
import { installationKey } from '../files/installation-key';
import { installationTag } from '../identity/installation-tag';
import { checkClock } from './check-clock';
import { checkDisk, DATA_NEEDS } from './check-disk';
import { checkPorts } from './check-ports';
import { checkVolume } from './check-volume';

/** What speaks against starting the stack on this engine: its clock, its disk, taken ports, volumes that our keys do not open. */
export async function checkEngine(
  engine: Docker,
  stack: Stack,
  settings: Settings,
  { config, note }: { config: Configuration; note: (change: string) => void },
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
    checkHost(engine, local),
    checkPorts(engine, stack, { local }),
    volumes(),
  ]);
  return problems.flat();
}

async function checkHost(engine: Docker, local: boolean): Promise<ApplicationFailure[]> {
  const asked = Date.now();
  const { SystemTime, DockerRootDir } = (await engine.info()) as {
    SystemTime: string;
    DockerRootDir: string;
  };
  const ours = (asked + Date.now()) / 2;
  const clock = checkClock({ of: 'the Docker Engine', theirs: Date.parse(SystemTime), ours });
  // an engine in a virtual machine names a folder that is not here
  const disk = local ? await checkDisk(DockerRootDir, 'the Docker Engine’s data', DATA_NEEDS) : [];
  return [...clock, ...disk];
}
