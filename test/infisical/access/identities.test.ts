import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adoptGivenIdentity } from '../../../infisical/access/identities';
import { openStore } from '../../../infisical/access/access';
import { writeRuntimeEnv } from '../../../infisical/access/credentials';
import { provisionIdentities } from '../../../infisical/identity/provision';
import { writeAheadAdmin } from '../../../infisical/identity/state';
import { Secret } from '../../../contracts/core/secret';
import { OF_DEV, startInstances, type Instance } from '../instances';

const nothing = new Map<string, Secret>();
let instances: Awaited<ReturnType<typeof startInstances>>;
let instance: Instance;
let given: Map<string, Secret>;
let stateRoot: string;

beforeAll(async () => {
  instances = await startInstances();
  instance = await instances.fresh();
  const { seeder, project } = await provisionIdentities(instance.wanted());
  given = new Map([
    ['INFISICAL_CLIENT_ID', new Secret(seeder.clientId)],
    ['INFISICAL_CLIENT_SECRET', seeder.clientSecret],
    ['INFISICAL_PROJECT_ID', new Secret(project.id)],
  ]);
}, 60_000);
afterAll(() => instances.stop());
beforeEach(async () => (stateRoot = await mkdtemp(join(tmpdir(), 'onex-state-'))));
afterEach(() => rm(stateRoot, { recursive: true, force: true }));

const placeAt = (external: string, variables: ReadonlyMap<string, Secret> = nothing) => ({
  ...OF_DEV,
  stateDir: join(stateRoot, 'dev'),
  runtimeEnvFile: join(stateRoot, 'dev', 'runtime.env'),
  external,
  variables,
});
type Place = ReturnType<typeof placeAt>;

async function adopt(place: Place, variables: ReadonlyMap<string, Secret>) {
  const facts = await adoptGivenIdentity({ ...place, variables }, instance.proxy.address);
  const { changes } = await writeRuntimeEnv({ ...place, variables }, instance.proxy.address);
  return { facts, changes };
}

test('an identity given once is kept in the runtime’s env file: a second run needs no variables', async () => {
  const place = placeAt(instance.proxy.address);

  const first = await adopt(place, given);
  const second = await adopt(place, nothing);

  expect(first.changes).toHaveLength(1);
  expect(second).toEqual({ facts: first.facts, changes: [] });
  await expect(readFile(place.runtimeEnvFile, 'utf8')).resolves.toContain('INFISICAL_CLIENT_SECRET=');
  await expect(openStore(place, 'seeder')).resolves.toBeDefined();
});

test('an instance that is open is not adopted, and one where anybody may sign up is told of', async () => {
  await instance.query('UPDATE server_config SET initialized = false');
  await expect(adopt(placeAt(instance.proxy.address), given)).rejects.toMatchObject({
    type: 'Refused',
    message: expect.stringMatching(/is open: its set-up was never finished .*INFISICAL_ADMIN_EMAIL/),
  });
  await instance.query('UPDATE server_config SET initialized = true, "allowSignUp" = true');
  expect((await adopt(placeAt(instance.proxy.address), given)).facts?.signUpOpen).toBe(true);
  await instance.query('UPDATE server_config SET "allowSignUp" = false');
  expect((await adopt(placeAt(instance.proxy.address), given)).facts).not.toHaveProperty('signUpOpen');
});

test('a kept identity of an earlier instance gives way: the new one at its address is set up', async () => {
  const fresh = await instances.fresh();
  const place = placeAt(fresh.proxy.address);
  await writeRuntimeEnv({ ...place, variables: given }, fresh.proxy.address);
  await expect(adoptGivenIdentity(place, fresh.proxy.address)).resolves.toBeUndefined();
});

test('a kept identity is not shown to another Infisical', async () => {
  await adopt(placeAt(instance.proxy.address), given);
  const elsewhere = placeAt(instance.server.url);
  const before = instance.server.output().length;

  await expect(adoptGivenIdentity(elsewhere, instance.server.url)).rejects.toThrow('gets none of them');
  await expect(openStore(elsewhere, 'seeder')).rejects.toThrow('gets none of them');
  expect(instance.server.output().slice(before)).not.toContain('login');
});

test('a kept identity that the server no longer takes is no adoption; a given one is an error', async () => {
  const place = placeAt(instance.proxy.address);
  await adopt(place, given);
  const dead = new Map(given).set('INFISICAL_CLIENT_ID', new Secret('00000000-0000-4000-8000-000000000000'));
  await writeRuntimeEnv({ ...place, variables: dead }, instance.proxy.address);

  await expect(adoptGivenIdentity(place, instance.proxy.address)).resolves.toBeUndefined();
  await expect(
    adoptGivenIdentity({ ...place, variables: dead }, instance.proxy.address),
  ).rejects.toMatchObject({
    kind: 'unauthorised',
  });
});

test('an administrator that was given makes identities, whatever was kept', async () => {
  const place = placeAt(instance.proxy.address);
  await adopt(place, given);
  const admin = new Map([
    ['INFISICAL_ADMIN_EMAIL', new Secret('admin@onex.local')],
    ['INFISICAL_ADMIN_PASSWORD', new Secret('of no use here')],
  ]);

  await expect(
    adoptGivenIdentity({ ...place, variables: admin }, instance.proxy.address),
  ).resolves.toBeUndefined();
});

test('an env file beside our own administrator is no adoption: it holds our reader, whose seeder was lost', async () => {
  const place = placeAt(instance.proxy.address);
  await adopt(place, given);
  await writeAheadAdmin(place.stateDir, { email: 'admin@onex.local', organization: 'onex' });

  await expect(adoptGivenIdentity(place, instance.proxy.address)).resolves.toBeUndefined();
});

test('half an identity in the env file is refused by what is missing and by the file', async () => {
  const place = placeAt(instance.proxy.address);
  await adopt(place, given);
  const lines = (await readFile(place.runtimeEnvFile, 'utf8')).split('\n');
  await writeFile(
    place.runtimeEnvFile,
    lines.filter((line) => !line.startsWith('INFISICAL_PROJECT_ID')).join('\n'),
  );

  await expect(adoptGivenIdentity(place, instance.proxy.address)).rejects.toThrow(
    `INFISICAL_PROJECT_ID is missing in ${place.runtimeEnvFile}: give all of`,
  );
});

test('an adoption is a login and a read of the project, whatever project is named', async () => {
  const { proxy } = instance;
  proxy.forgetRequests();
  await adoptGivenIdentity(placeAt(proxy.address, given), proxy.address);
  const acting = Object.keys(proxy.requests).filter((request) => !request.startsWith('GET'));
  expect(acting).toEqual(['POST /api/v1/auth/universal-auth/login']);

  const stranger = new Map(given).set(
    'INFISICAL_PROJECT_ID',
    new Secret('00000000-0000-4000-8000-000000000000'),
  );
  await expect(adoptGivenIdentity(placeAt(proxy.address, stranger), proxy.address)).rejects.toMatchObject({
    kind: expect.stringMatching(/notFound|forbidden/),
  });
});
