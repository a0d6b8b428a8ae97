import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provisionIdentities } from '../../../infisical/identity/provision';
import { applySeed } from '../../../activities/seed/apply-seed';
import { planSeed } from '../../../activities/seed/plan-seed';
import { FailureType } from '../../../contracts/core/failures';
import { readConfiguration, type Configuration } from '../../../contracts/settings/configuration';
import { resolveSettings } from '../../../contracts/settings/resolve-settings';
import type { Settings } from '../../../contracts/settings/settings';
import { startInstances, type Instance } from '../../infisical/instances';

const { signal } = new AbortController();
let instances: Awaited<ReturnType<typeof startInstances>>;
let instance: Instance;
let root: string;

beforeAll(async () => {
  instances = await startInstances();
  instance = await instances.fresh();
  root = await mkdtemp(join(tmpdir(), 'onex-seed-'));
  await writeFile(
    join(root, 'registry.yaml'),
    'version: "1"\nshared:\n  /shared/http/:\n    - HTTP_BASE_URL\n',
  );
  await writeFile(join(root, 'values.env'), 'HTTP_BASE_URL=http://127.0.0.1\n');
}, 60_000);
afterAll(async () => {
  await instances.stop();
  await rm(root, { recursive: true, force: true });
});

function settingsWith(variables: Record<string, string>): { settings: Settings; config: Configuration } {
  const config = readConfiguration(
    { ONEX_STATE_DIR: root, ...variables },
    { workingDir: root, packageDir: root },
  );
  const facts = { nodesDir: root, searchAttributes: false, exists: () => false };
  const files = { contracts: [root], registry: 'registry.yaml', envFiles: ['values.env'] };
  return {
    settings: resolveSettings({ infisical: instance.proxy.address, ...files }, config, facts),
    config,
  };
}

test('an identity that may only read is told what to give; one that may write performs the plan once', async () => {
  const { runtime, seeder, project } = await provisionIdentities(instance.wanted());
  const as = ({ clientId, clientSecret }: typeof runtime) =>
    settingsWith({
      INFISICAL_CLIENT_ID: clientId,
      INFISICAL_CLIENT_SECRET: clientSecret.reveal(),
      INFISICAL_PROJECT_ID: project.id,
    });
  const seed = async ({ settings, config }: ReturnType<typeof settingsWith>) => {
    const { planId } = await planSeed(settings, config, signal);
    return applySeed(settings, planId, config, { signal, report: () => undefined });
  };

  await expect(seed(as(runtime))).rejects.toMatchObject({
    type: FailureType.forbidden,
    message: expect.stringMatching(/may not write in this project; secrets to write: 1\. Give one/),
  });
  await expect(seed(as(seeder))).resolves.toMatchObject({ written: 1 });
  await expect(seed(as(runtime))).resolves.toMatchObject({ written: 0 });
});
