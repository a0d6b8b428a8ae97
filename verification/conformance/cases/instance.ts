import {
  expectEqual,
  expectOk,
  expectOneOf,
  expectStatus,
  expectTrue,
  field,
  list,
  Mismatch,
  read,
} from '../expect';
import { text } from '../expect';
import { logIn, openSession } from '../log-in';
import { revokeToken } from '../machine';
import * as routes from '../routes';
import {
  asAdministrator,
  check,
  either,
  only2024,
  onlyCurrent,
  type AdministratorWorld,
  type Case,
} from '../world';

const junk = 'not a key';
const SIGN_UP_FIELDS =
  'protectedKey protectedKeyIV protectedKeyTag publicKey encryptedPrivateKey encryptedPrivateKeyIV encryptedPrivateKeyTag salt verifier password firstName';

export const instanceCases: Case[] = [
  check('GET /api/status answers without a token when the server is ready', async ({ api }) => {
    expectEqual(await field(api.get('/api/status'), 'message'), 'Ok', 'the message');
  }),

  check('config.initialized is true once there is an administrator', async ({ api }) => {
    const initialized = await field(api.get('/api/v1/admin/config'), 'config.initialized');
    expectTrue(initialized === true, 'config.initialized is not true');
  }),

  onlyCurrent('a second bootstrap is refused', async ({ api }) => {
    const body = { email: 'second@example.com', password: junk, organization: 'Second' };
    await expectStatus(api.post('/api/v1/admin/bootstrap', { body }), 400, 'already been set up');
  }),

  only2024(
    'a second sign-up of an administrator is refused before its keys are looked at',
    async ({ api }) => {
      const fields = Object.fromEntries(SIGN_UP_FIELDS.split(' ').map((name) => [name, junk]));
      const body = { ...fields, email: 'second@example.com' };
      await expectStatus(api.post('/api/v1/admin/signup', { body }), 400, 'already been set up');
    },
  ),

  only2024('routes of the other generation are not there', async ({ api }) => {
    for (const path of ['/api/v4/secrets', '/api/v2/folders', '/api/v1/projects']) {
      await expectStatus(api.get(path), 404, 'Route GET:');
    }
    await expectStatus(api.post('/api/v1/admin/bootstrap', { body: {} }), 404, 'Route POST:');
  }),

  onlyCurrent('the deprecated twins of the routes still answer', async (world) => {
    const { api, token, projectId, environment } = world;
    const query = { workspaceId: projectId, environment };
    await expectOk(api.get('/api/v3/secrets/raw', { token, query }));
    await expectOk(api.get('/api/v1/folders', { token, query }));
    await expectOk(api.get(`/api/v1/workspace/${projectId}`, { token }));
  }),
];

const SIGNED_BY_NOBODY =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdXRoVG9rZW5UeXBlIjoiaWRlbnRpdHlBY2Nlc3NUb2tlbiJ9.c2lnbmVkIGJ5IG5vYm9keQ';
const MEBIBYTE = 1024 * 1024;

export const refusalCases: Case[] = [
  check('no token is 401', ({ api, projectId }) =>
    expectStatus(api.get(routes.projectById(projectId)), 401, 'Token missing'),
  ),
  check('a malformed token is 403, not 401', (world) =>
    expectStatus(routes.listSecrets(world, '/', { token: 'garbage' }), 403, 'malformed'),
  ),
  check('a forged token is 403, not 401', (world) =>
    expectStatus(routes.listSecrets(world, '/', { token: SIGNED_BY_NOBODY }), 403, 'invalid signature'),
  ),

  check('invalid input is 422 (401 in 2024) with a list as the message', async (world) => {
    const answer = routes.listSecrets(world, '/', { fields: { recursive: 'perhaps' } });
    const { body } = await expectStatus(answer, either(world, 422, 401));
    expectTrue(Array.isArray(read(body, 'message')), 'the message is not a list');
    expectEqual(read(body, 'error'), 'ValidationFailure', 'the name of the error');
  }),

  check('an unknown project is 404 for secrets', async (world) => {
    const other = { ...world, projectId: '00000000-0000-4000-8000-000000000000' };
    await expectStatus(routes.listSecrets(other, '/'), 404);
  }),

  check('a body over 1 MiB is refused and nothing is written', async (world) => {
    const folder = await routes.ownFolder(world, 'too-big');
    await expectOneOf(folder.create('BIG', 'x'.repeat(MEBIBYTE)), [413, 500]);
    await expectStatus(folder.get('BIG'), 404);
  }),
];

export const recoveryCases: Case[] = [
  asAdministrator('an administrator logs in again and selects the organisation', async (world) => {
    const { token, orgId } = await logIn(world.api, world.generation, world.administrator.account);
    expectTrue(orgId === world.administrator.orgId, 'another organisation came first');
    await expectOk(world.api.get(routes.projectById(world.projectId), { token }));
  }),

  asAdministrator('a token without an organisation opens no project', async (world) => {
    const token = await openSession(world.api, world.generation, world.administrator.account);
    await expectOneOf(world.api.get(routes.projectById(world.projectId), { token }), [401, 403]);
  }),

  asAdministrator('a user in no organisation yet makes one and is in it', async (world) => {
    const { api, generation, administrator } = world;
    const token = await openSession(api, generation, administrator.account);
    const body = { name: `Conformance ${Date.now()}` };
    const id = await field(api.post('/api/v2/organizations', { token, body }), 'organization.id');
    const mine = await list(api.get('/api/v1/organization', { token }), 'organizations');
    expectTrue(
      mine.some((one) => one['id'] === id && one['name'] === body.name),
      'the new organisation is not listed',
    );
    const home = { token: administrator.token };
    if (generation === 'current') {
      await expectOk(api.delete(`/api/v1/admin/organization-management/organizations/${String(id)}`, home));
      return;
    }
    // in 2024 it is removed by who is in it
    await expectStatus(api.delete(`/api/v2/organizations/${String(id)}`, home), 403);
    const selection = { token, body: { organizationId: id } };
    const inside = await text(api.post('/api/v3/auth/select-organization', selection), 'token');
    await expectOk(api.delete(`/api/v2/organizations/${String(id)}`, { token: inside }));
  }),

  asAdministrator('a wrong password is refused (400; 500 in 2024)', async (world) => {
    const account = { ...world.administrator.account, password: 'wrong password' };
    const refused = await openSession(world.api, world.generation, account).then(
      () => undefined,
      (error: unknown) => error,
    );
    const wanted = either(world, 'got 400', 'got 500');
    const isWanted = refused instanceof Mismatch && refused.message.includes(wanted);
    expectTrue(isWanted, `the refusal is not "${wanted}"`);
  }),

  asAdministrator(
    'a new password answers nothing, and ends every session (404, no word about what was asked for)',
    async (world) => {
      const { api, generation, administrator } = world;
      const { account, token } = administrator;
      const path = '/api/v2/password/user/password-reset';
      const change = (oldPassword: string) =>
        api.post(path, { token, body: { oldPassword, newPassword: account.password } });
      await expectStatus(change('wrong password'), 400, 'Incorrect current password');
      const { body } = await expectOk(change(account.password));
      expectTrue(body === '', 'the answer has a body');
      const { body: refusal } = await expectStatus(api.get('/api/v1/projects', { token }), 404);
      expectEqual(read(refusal, 'error'), 'Session not found', 'the name of the refusal');
      Object.assign(administrator, await logIn(api, generation, account));
      world.token = administrator.token; // for the cases after this one
    },
    'current',
  ),

  asAdministrator(
    'a super admin mints and revokes a token of the instance identity',
    async (world) => {
      const identityId = await instanceIdentity(world);
      if (identityId === undefined) return;
      const path = `/api/v1/auth/token-auth/identities/${identityId}/tokens`;
      const body = { name: `conformance ${world.run}` };
      const token = await text(
        world.api.post(path, { token: world.administrator.token, body }),
        'accessToken',
      );
      await expectOk(world.api.get('/api/v1/projects', { token }));
      await revokeToken(world, token);
      await expectStatus(world.api.get('/api/v1/projects', { token }), 401);
      const { token: administrator } = world.administrator;
      const row = async () =>
        (await list(world.api.get(path, { token: administrator }), 'tokens')).find(
          ({ name }) => name === body.name,
        );
      const ended = await row();
      expectEqual(ended?.['isAccessTokenRevoked'], false, 'what the list says of a token that ended itself');
      const revoke = `/api/v1/auth/token-auth/tokens/${String(ended?.['id'])}/revoke`;
      const again = () => world.api.post(revoke, { token: administrator, body: {} });
      await expectOk(again());
      expectEqual((await row())?.['isAccessTokenRevoked'], true, 'what it says of one that was ended by id');
      await expectStatus(again(), 404, 'already revoked');
    },
    'current',
  ),
];

// An instance that was signed up in a browser has none.
async function instanceIdentity({ api, administrator }: AdministratorWorld): Promise<string | undefined> {
  const path = '/api/v1/admin/identity-management/identities';
  const answer = api.get(path, { token: administrator.token, query: { searchTerm: 'Instance' } });
  const found = (await list(answer, 'identities')).find(({ isInstanceAdmin }) => isInstanceAdmin === true);
  return found && String(found['id']);
}
