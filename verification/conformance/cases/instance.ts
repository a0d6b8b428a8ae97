import { expectOk, expectStatus, expectTrue, read } from '../expect';
import type { Case } from '../world';

const junk = 'not a key';

export const instanceCases: Case[] = [
  {
    name: 'GET /api/status answers without a token when the server is ready',
    run: async ({ api }) => {
      expectTrue(
        read(expectOk(await api.get('/api/status')).body, 'message') === 'Ok',
        'the message is not Ok',
      );
    },
  },
  {
    name: 'config.initialized is true once there is an administrator',
    run: async ({ api }) => {
      const { body } = expectOk(await api.get('/api/v1/admin/config'));
      expectTrue(read(body, 'config.initialized') === true, 'config.initialized is not true');
    },
  },
  {
    name: 'a second bootstrap is refused',
    only: 'current',
    run: async ({ api }) => {
      const body = { email: 'second@example.com', password: junk, organization: 'Second' };
      expectStatus(await api.post('/api/v1/admin/bootstrap', { body }), 400, 'already been set up');
    },
  },
  {
    name: 'a second sign-up of an administrator is refused before its keys are looked at',
    only: '2024',
    run: async ({ api }) => {
      const keys = ['protectedKey', 'protectedKeyIV', 'protectedKeyTag', 'publicKey', 'encryptedPrivateKey'];
      const more = [
        'encryptedPrivateKeyIV',
        'encryptedPrivateKeyTag',
        'salt',
        'verifier',
        'password',
        'firstName',
      ];
      const fields = Object.fromEntries([...keys, ...more].map((name) => [name, junk]));
      const body = { ...fields, email: 'second@example.com' };
      expectStatus(await api.post('/api/v1/admin/signup', { body }), 400, 'already been set up');
    },
  },
  {
    name: 'routes of the other generation are not there',
    only: '2024',
    run: async ({ api }) => {
      for (const path of ['/api/v4/secrets', '/api/v2/folders', '/api/v1/projects']) {
        expectStatus(await api.get(path), 404, 'Route GET:');
      }
      expectStatus(await api.post('/api/v1/admin/bootstrap', { body: {} }), 404, 'Route POST:');
    },
  },
  {
    name: 'the deprecated twins of the routes still answer',
    only: 'current',
    run: async ({ api, token, projectId, environment }) => {
      const query = { workspaceId: projectId, environment };
      expectOk(await api.get('/api/v3/secrets/raw', { token, query }));
      expectOk(await api.get('/api/v1/folders', { token, query }));
      expectOk(await api.get(`/api/v1/workspace/${projectId}`, { token }));
    },
  },
];
