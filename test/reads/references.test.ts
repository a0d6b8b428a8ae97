import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';
import { folderNames } from '../../contracts/folders';
import { readConfigurationOf, readVariables } from '../../contracts/reads/read-configuration';
import { defaultRegistry } from '../../contracts/registry';
import { serviceConfig } from '../../reads/service-config';
import { node } from '../contracts/plan/fixture';
import { startReadingWorlds, type ReadingWorld } from './reading-world';

describe.each(['current', '2024'] as const)('references and imports (server: %s)', (generation) => {
  let worlds: Awaited<ReturnType<typeof startReadingWorlds>>;
  let world: ReadingWorld;
  beforeAll(async () => {
    worlds = await startReadingWorlds();
    world = await worlds.world(generation);
    await world.write('/shared/env', { KEY: 'reached', REF: 'to ${KEY}', FAR: 'to ${dev.other.FAR}' });
    await world.write('/other', {
      FAR: 'afar',
      IMPORTED: 'from another folder',
      KEY: 'hidden by the own one',
    });
    const workspaceId = world.settings.project_id;
    const from = { environment: 'dev', path: '/other' };
    const body = { workspaceId, environment: 'dev', path: '/shared/env', import: from };
    await world.seeder.post('/api/v1/secret-imports', z.unknown(), { body });
  }, 120_000);
  afterAll(() => worlds.stop());

  it('are given as written unless a request asks for them, and that is said', async () => {
    const { handler } = world.handler();
    const get = async (secret_name: string, expand?: boolean) => {
      const request = {
        secret_name,
        secret_path: '/shared/env',
        ...(expand === undefined ? {} : { expand }),
      };
      const { value, unexpanded } = await handler.getSecret(request);
      return [value.reveal(), unexpanded];
    };
    expect(await get('REF')).toEqual(['to ${KEY}', true]);
    expect(await get('REF', true)).toEqual(['to reached', undefined]);
    expect(await get('REF')).toEqual(['to ${KEY}', true]); // from the cache, which keeps them apart
    expect(await get('FAR', true)).toEqual(['to afar', undefined]);
    expect(await get('KEY')).toEqual(['reached', undefined]);
    expect(await get('IMPORTED', true)).toEqual(['from another folder', undefined]);
    await expect(get('IMPORTED')).rejects.toMatchObject({ name: 'SecretResolutionError' });
  });

  it('in a batch and a list are named or counted where they are left out', async () => {
    const { handler } = world.handler();
    const secret_path = '/shared/env';
    const secret_names = ['REF', 'KEY', 'IMPORTED'];
    const plain = await handler.getSecretsBatch({ secret_names, secret_path });
    expect([plain.unexpanded, Object.keys(plain.errors)]).toEqual([['REF'], ['IMPORTED']]);
    const expanded = await handler.getSecretsBatch({ secret_names, secret_path, expand: true });
    expect([expanded.unexpanded, expanded.errors]).toEqual([undefined, {}]);
    expect(expanded.secrets['KEY']?.reveal()).toBe('reached');
    const names = { secret_keys: ['FAR', 'KEY', 'REF'], count: 3, source: 'infisical' };
    expect(await handler.listSecrets({ secret_path })).toEqual({ ...names, not_imported: 1 });
    expect((await handler.listSecrets({ secret_path, expand: true })).secret_keys).toEqual([
      'FAR',
      'IMPORTED',
      'KEY',
      'REF',
    ]);
  });

  it('reach the environment of a command where they are expanded', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'onex-state-'));
    const { client_id, client_secret, project_id, host } = world.settings;
    const config = (expand: boolean) =>
      serviceConfig(
        {
          environment: 'dev',
          stateDir,
          runtimeEnvFile: join(stateDir, 'runtime.env'),
          external: host,
          variables: new Map([
            ['INFISICAL_CLIENT_ID', new Secret(client_id)],
            ['INFISICAL_CLIENT_SECRET', new Secret(reveal(client_secret))],
            ['INFISICAL_PROJECT_ID', new Secret(project_id)],
          ]),
          reads: readConfigurationOf(z.object(readVariables).parse({}), (path) => path),
          expand,
          required: true,
        },
        {
          nodes: [node('n', { runtime: ['REF', 'IMPORTED', 'KEY'] }, 'shop')],
          registry: defaultRegistry,
          folders: folderNames({}),
        },
        { service: 'shop', nodes: [] },
        { audit: { record: () => {} }, onProblem: () => {} },
      );
    const plain = await config(false);
    expect(plain).toMatchObject({ unexpanded: ['REF'], missingRequired: ['IMPORTED'] });
    const { values, unexpanded, missingRequired } = await config(true);
    expect([...values].map(([key, value]) => [key, value.reveal()]).sort()).toEqual([
      ['IMPORTED', 'from another folder'],
      ['KEY', 'reached'],
      ['REF', 'to reached'],
    ]);
    expect([unexpanded, missingRequired]).toEqual([[], []]);
    await rm(stateDir, { recursive: true });
  });
});

const reveal = (given: Secret | string) => (given instanceof Secret ? given.reveal() : given);
