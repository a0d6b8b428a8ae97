import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedActivities } from '../../activities/seed';
import { FailureType } from '../../contracts/core/failures';
import { provisionIdentities } from '../../infisical/identity/provision';
import { startInstances, type Instance } from '../infisical/instances';
import { declaredIn } from '../support/declared';
import { inActivity } from '../support/in-activity';

let instances: Awaited<ReturnType<typeof startInstances>>;
let instance: Instance;
let root: string;
const at = (name: string) => join(root, name);

beforeAll(async () => {
  instances = await startInstances();
  instance = await instances.fresh();
  root = await mkdtemp(join(tmpdir(), 'onex-seed-'));
  await writeFile(at('registry.yaml'), 'version: "1"\nshared:\n  /shared/http/:\n    - HTTP_BASE_URL\n');
  await writeFile(at('values.env'), 'HTTP_BASE_URL=http://127.0.0.1\n');
  await writeFile(at('contract.yaml'), 'name: n1\n');
}, 60_000);
afterAll(async () => {
  await instances.stop();
  await rm(root, { recursive: true, force: true });
});

test('an identity that may only read is told what to give; one that may write performs the plan once', async () => {
  const { runtime, seeder, project } = await provisionIdentities(instance.wanted());
  const seedAs = async ({ clientId, clientSecret }: typeof runtime) => {
    const options = {
      infisical: instance.proxy.address,
      contracts: [at('contract.yaml')],
      registry: at('registry.yaml'),
      values: [{ path: at('values.env') }],
    };
    const variables = {
      INFISICAL_CLIENT_ID: clientId,
      INFISICAL_CLIENT_SECRET: clientSecret.reveal(),
      INFISICAL_PROJECT_ID: project.id,
    };
    const { host, environment } = await declaredIn(root, options, { variables });
    const activities = seedActivities(host);
    const run = { environment: 'dev', declaration: environment.digest, dryRun: false, overwrite: false };
    return inActivity(async () => activities.applySeed(run, (await activities.planSeed(run)).planId));
  };

  await expect(seedAs(runtime)).rejects.toMatchObject({
    type: FailureType.forbidden,
    message: expect.stringMatching(/may not write in this project, and the plan has 1 to write/),
  });
  await expect(seedAs(seeder)).resolves.toMatchObject({ written: 1 });
  await expect(seedAs(runtime)).resolves.toMatchObject({ written: 0 });
});

test('a plan without an identity says so, and where no Infisical answers at the address', async () => {
  const planAt = async (infisical: string) => {
    const { host, environment } = await declaredIn(await mkdtemp(at('fresh-')), {
      infisical,
      contracts: [at('contract.yaml')],
      registry: at('registry.yaml'),
    });
    const run = { environment: 'dev', declaration: environment.digest, dryRun: true, overwrite: false };
    const { warnings } = await inActivity(() => seedActivities(host).planSeed(run));
    return warnings.first[0];
  };
  const { address } = instance.proxy;
  expect(await planAt(address)).toBe(
    `this plan is against an empty Infisical: no identity of dev is known at ${address} yet`,
  );
  const https = address.replace('http:', 'https:');
  expect(await planAt(https)).toMatch(`Infisical, since none answers at ${https}: GET /api/status: `);
  expect(await planAt(https)).toMatch('does not speak https there');
  expect(await planAt('http://127.0.0.1:1')).toMatch('cannot be reached (ECONNREFUSED)');
});
