import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adoptGivenIdentity } from '../../../infisical/access/adopt-given-identity';
import { openStore } from '../../../infisical/access/open-store';
import { writeRuntimeEnv } from '../../../infisical/access/write-runtime-env';
import { provisionIdentities } from '../../../infisical/identity/provision-identities';
import { writeAheadAdmin } from '../../../infisical/state/admin-credentials';
import { saveIdentityState } from '../../../infisical/state/identity-state';
import { Secret } from '../../../contracts/core/secret';
import { readConfiguration } from '../../../contracts/settings/configuration';
import { resolveSettings } from '../../../contracts/settings/resolve-settings';
import type { Settings } from '../../../contracts/settings/settings';
import { startInstances, type Instance } from '../instances';

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

function settingsFor(infisical: string): Settings {
  const dirs = { workingDir: stateRoot, packageDir: stateRoot };
  const config = readConfiguration({ ONEX_STATE_DIR: stateRoot }, dirs);
  return resolveSettings({ infisical }, config, {
    nodesDir: stateRoot,
    searchAttributes: false,
    exists: () => false,
  });
}

async function adopt(settings: Settings, variables: ReadonlyMap<string, Secret>) {
  const facts = await adoptGivenIdentity(settings, instance.proxy.address, variables);
  const { changes } = await writeRuntimeEnv(settings, instance.proxy.address, variables);
  return { facts, changes };
}

test('an identity given once is kept in the runtime’s env file: a second run needs no variables', async () => {
  const settings = settingsFor(instance.proxy.address);

  const first = await adopt(settings, given);
  const second = await adopt(settings, nothing);

  expect(first.changes).toHaveLength(1);
  expect(second).toEqual({ facts: first.facts, changes: [] });
  await expect(readFile(settings.runtimeEnvFile, 'utf8')).resolves.toContain('INFISICAL_CLIENT_SECRET=');
  await expect(openStore(settings, 'seeder', nothing)).resolves.toBeDefined();
});

test('a kept identity is not shown to another Infisical', async () => {
  await adopt(settingsFor(instance.proxy.address), given);
  const elsewhere = settingsFor(instance.server.url);
  const before = instance.server.output().length;

  await expect(adoptGivenIdentity(elsewhere, instance.server.url, nothing)).resolves.toBeUndefined();
  await expect(openStore(elsewhere, 'seeder', nothing)).resolves.toBeUndefined();
  expect(instance.server.output().slice(before)).not.toContain('login');
});

test('a kept identity that the server no longer takes is no adoption; a given one is an error', async () => {
  const settings = settingsFor(instance.proxy.address);
  await adopt(settings, given);
  const dead = new Map(given).set('INFISICAL_CLIENT_ID', new Secret('00000000-0000-4000-8000-000000000000'));
  await writeRuntimeEnv(settings, instance.proxy.address, dead);

  await expect(adoptGivenIdentity(settings, instance.proxy.address, nothing)).resolves.toBeUndefined();
  await expect(adoptGivenIdentity(settings, instance.proxy.address, dead)).rejects.toMatchObject({
    kind: 'unauthorised',
  });
});

test('an administrator that was given makes identities, whatever was kept', async () => {
  const settings = settingsFor(instance.proxy.address);
  await adopt(settings, given);
  const admin = new Map([
    ['INFISICAL_ADMIN_EMAIL', new Secret('admin@onex.local')],
    ['INFISICAL_ADMIN_PASSWORD', new Secret('of no use here')],
  ]);

  await expect(adoptGivenIdentity(settings, instance.proxy.address, admin)).resolves.toBeUndefined();
});

test('an env file beside our own administrator is no adoption: it holds our reader, whose seeder was lost', async () => {
  const settings = settingsFor(instance.proxy.address);
  await adopt(settings, given);
  await writeAheadAdmin(settings.stateDir, { email: 'admin@onex.local', organization: 'onex' });

  await expect(adoptGivenIdentity(settings, instance.proxy.address, nothing)).resolves.toBeUndefined();
});

test('half an identity in the env file is refused by what is missing and by the file', async () => {
  const settings = settingsFor(instance.proxy.address);
  await adopt(settings, given);
  const lines = (await readFile(settings.runtimeEnvFile, 'utf8')).split('\n');
  await writeFile(
    settings.runtimeEnvFile,
    lines.filter((line) => !line.startsWith('INFISICAL_PROJECT_ID')).join('\n'),
  );

  await expect(adoptGivenIdentity(settings, instance.proxy.address, nothing)).rejects.toThrow(
    `INFISICAL_PROJECT_ID is missing in ${settings.runtimeEnvFile}: give all of`,
  );
});

test('stored credentials are not shown to another server', async () => {
  const settings = settingsFor('https://other.example.com');
  const identity = { identityId: 'i', clientId: 'c', clientSecret: new Secret('of another server') };
  await saveIdentityState(settings.stateDir, {
    address: 'https://secrets.example.com',
    organizationId: 'o',
    projectId: 'p',
    identities: { seeder: identity, runtime: identity },
  });

  await expect(openStore(settings, 'seeder', nothing)).rejects.toThrow(
    /belongs to https:\/\/secrets\.example\.com, not to https:\/\/other\.example\.com/,
  );
});
