import { Secret } from '../../../contracts/core/secret';
import { buildPlan } from '../../../contracts/plan/build-plan';
import { planCounts } from '../../../contracts/plan/plan-row';
import type { ObservedSecret } from '../../../contracts/plan/places';
import type { SeedInput } from '../../../contracts/plan/seed-input';
import { seedTargets } from '../../../contracts/plan/seed-targets';
import { node, overlayOf, registryOf, secrets, seedInput, server } from './fixture';

function plan(input: Partial<SeedInput>, observed: ObservedSecret[] = [], overwrite = false) {
  const { rows, warnings } = buildPlan(seedTargets(seedInput(input)), observed, { overwrite });
  const lines = rows.map(({ action, folder, key }) => `${action} ${folder}/${key}`);
  return { rows, warnings, lines };
}
const reader = node('reader', { kafka: ['KAFKA_ACKS'] });
const given = { nodes: [reader], values: secrets({ KAFKA_ACKS: 'all' }) };

describe('buildPlan', () => {
  it.each([
    ['absent', {}, false, 'CREATE'],
    ['the same', { '/shared/kafka/KAFKA_ACKS': 'all' }, true, 'UNCHANGED'],
    ['different', { '/shared/kafka/KAFKA_ACKS': 'one' }, false, 'KEPT'],
    ['different, to be overwritten', { '/shared/kafka/KAFKA_ACKS': 'one' }, true, 'UPDATE'],
    ['blank, which is no value', { '/shared/kafka/KAFKA_ACKS': ' ' }, false, 'UPDATE'],
  ])('with a value, where the server is %s', (_, held, overwrite, action) => {
    expect(plan(given, server(held), overwrite).lines).toEqual([`${action} /shared/kafka/KAFKA_ACKS`]);
  });

  it.each([
    ['absent', {}, 'MISSING'],
    ['blank', { '/shared/kafka/KAFKA_ACKS': '' }, 'MISSING'],
    ['there', { '/shared/kafka/KAFKA_ACKS': 'x' }, 'UNCHANGED'],
  ])('without a value, where the server is %s', (_, held, action) => {
    expect(plan({ nodes: [reader] }, server(held)).lines).toEqual([`${action} /shared/kafka/KAFKA_ACKS`]);
    const blank = { nodes: [reader], values: secrets({ KAFKA_ACKS: '  ' }) };
    expect(plan(blank, server(held), true).lines).toEqual([`${action} /shared/kafka/KAFKA_ACKS`]);
  });

  it('names version, owners and whether a node must have the key, and no value', () => {
    const nodes = [reader, node('other', { kafka: ['KAFKA_ACKS?'] })];
    const { rows } = plan({ ...given, nodes }, server({ '/shared/kafka/KAFKA_ACKS': ['one', 7] }), true);
    expect(rows).toEqual([
      {
        action: 'UPDATE',
        folder: '/shared/kafka',
        key: 'KAFKA_ACKS',
        version: 7,
        owners: ['reader', 'other'],
        required: true,
      },
    ]);
    expect(plan({ nodes: [node('n', { runtime: ['K?'] })] }).rows).toMatchObject([
      { action: 'MISSING', folder: '/shared/env', key: 'K', required: false, owners: ['n'] },
    ]);
  });

  it('seeds each layer and sorts by folder and key', () => {
    const input = {
      nodes: [node('n', { runtime: ['TOKEN'], kafka: ['KAFKA_ACKS'], database: ['POSTGRES_HOST'] }, 'shop')],
      values: secrets({ TOKEN: 't', KAFKA_ACKS: 'all', NOBODY: 'x', POSTGRES_HOST: 'db' }),
      serviceValues: new Map([['shop', secrets({ KAFKA_ACKS: '1', TOKEN: 'own', STRAY: 'x' })]]),
      overlay: overlayOf('laptop', { POSTGRES_HOST: 'localhost', LOG_LEVEL: 'debug' }),
      stackValues: [{ folder: 'database', key: 'POSTGRES_PASSWORD', value: new Secret('generated') }],
    };
    expect(plan(input).lines).toEqual([
      'CREATE /machine-class/laptop/LOG_LEVEL',
      'CREATE /machine-class/laptop/POSTGRES_HOST',
      'UNCLAIMED /services/shop/STRAY',
      'CREATE /services/shop/env/TOKEN',
      'CREATE /services/shop/kafka/KAFKA_ACKS',
      'UNCLAIMED /shared/NOBODY',
      'CREATE /shared/database/POSTGRES_HOST',
      'CREATE /shared/database/POSTGRES_PASSWORD',
      'CREATE /shared/env/TOKEN',
      'CREATE /shared/kafka/KAFKA_ACKS',
    ]);
  });

  it('misses a key only for the nodes that find it in none of their layers', () => {
    const nodes = ['shop', 'post'].map((service) =>
      node(`${service}-node`, { kafka: ['KAFKA_ACKS'] }, service),
    );
    const held = server({ '/services/shop/kafka/KAFKA_ACKS': 'x' });
    expect(plan({ nodes }, held).rows).toMatchObject([
      { action: 'UNCHANGED', folder: '/services/shop/kafka' },
      { action: 'MISSING', folder: '/shared/kafka', owners: ['post-node'], required: true },
    ]);
    const serviceValues = new Map([['post', secrets({ KAFKA_ACKS: 'y' })]]);
    expect(plan({ nodes, serviceValues }, held).lines).toEqual([
      'CREATE /services/post/kafka/KAFKA_ACKS',
      'UNCHANGED /services/shop/kafka/KAFKA_ACKS',
    ]);
    const ofClass = server({ '/machine-class/laptop/KAFKA_ACKS': 'x' });
    expect(plan({ nodes, machineClass: 'laptop' }, ofClass).lines).toEqual([
      'UNCHANGED /machine-class/laptop/KAFKA_ACKS',
    ]);
    expect(plan({ nodes }, ofClass).lines).toEqual(['MISSING /shared/kafka/KAFKA_ACKS']);
  });

  it('keeps a key missed where its only value is refused in a higher layer', () => {
    const nodes = [node('n', { kafka: ['KAFKA_ACKS'] }, 'shop')];
    const serviceValues = new Map([['shop', secrets({ KAFKA_ACKS: 'a\0b' })]]);
    expect(plan({ nodes, serviceValues }).lines).toEqual([
      'REFUSED /services/shop/kafka/KAFKA_ACKS',
      'MISSING /shared/kafka/KAFKA_ACKS',
    ]);
  });

  it('refuses what the server would alter, unless it holds exactly that', () => {
    const padded = { ...given, values: secrets({ KAFKA_ACKS: ' all ' }) };
    expect(plan(padded).rows).toMatchObject([
      { action: 'REFUSED', reason: expect.stringContaining('white space') },
    ]);
    expect(plan(padded, server({ '/shared/kafka/KAFKA_ACKS': 'all' })).lines[0]).toContain('REFUSED');
    expect(plan(padded, server({ '/shared/kafka/KAFKA_ACKS': ' all ' })).lines[0]).toContain('UNCHANGED');
    expect(plan({ nodes: [node('n', { runtime: ['a/b'] })], values: secrets({ 'a/b': 'x' }) }).lines).toEqual(
      ['REFUSED /shared/env/a/b'],
    );
  });

  describe('with a registry', () => {
    const registry = registryOf(`
shared: { /shared/auth/: [API_TOKEN, OTHER_TOKEN], /shared/database/: [POSTGRES_DATABASE, POSTGRES_PASSWORD] }
bootstrap_only: [POSTGRES_PASSWORD, KAFKA_BOOTSTRAP_SERVERS]
identity_defaults: [POSTGRES_DATABASE]
service_override_required: [KAFKA_GROUP_ID]
services: { shop: { database: [POSTGRES_DATABASE, POSTGRES_PASSWORD], llm: [MODEL] } }
`);

    it('takes its keys where a value is given and does not miss them otherwise', () => {
      const { lines, rows } = plan({ registry, values: secrets({ API_TOKEN: 'x' }) });
      expect(lines).toEqual(['CREATE /shared/auth/API_TOKEN']);
      expect(rows[0]).toMatchObject({ owners: ['registry'], required: false });
      const serviceValues = new Map([
        ['shop', secrets({ MODEL: 'm', POSTGRES_DATABASE: 'shop', UNKNOWN: 'x' })],
      ]);
      expect(plan({ registry, serviceValues }).lines).toEqual([
        'UNCLAIMED /services/shop/UNKNOWN',
        'CREATE /services/shop/database/POSTGRES_DATABASE',
        'CREATE /services/shop/llm/MODEL',
      ]);
    });

    it('never seeds bootstrap_only keys, in no layer, and warns where something asks for it', () => {
      const password = secrets({ POSTGRES_PASSWORD: 'x', INFISICAL_ADDR: 'x' });
      const { lines, warnings } = plan({
        registry,
        nodes: [node('n', { runtime: ['POSTGRES_PASSWORD'], infisical: ['INFISICAL_ADDR'] }, 'shop')],
        values: password,
        serviceValues: new Map([['shop', password]]),
        overlay: overlayOf('laptop', { KAFKA_BOOTSTRAP_SERVERS: 'x:1' }),
        stackValues: [{ folder: 'database', key: 'POSTGRES_PASSWORD', value: new Secret('y') }],
      });
      expect(lines).toEqual([
        'UNCLAIMED /services/shop/INFISICAL_ADDR',
        'UNCLAIMED /services/shop/POSTGRES_PASSWORD',
        'UNCLAIMED /shared/INFISICAL_ADDR',
        'UNCLAIMED /shared/POSTGRES_PASSWORD',
      ]);
      expect(warnings).toEqual([
        expect.stringMatching(/^INFISICAL_ADDR is bootstrap_only .* \(named by n\)/),
        expect.stringMatching(/^KAFKA_BOOTSTRAP_SERVERS .* \(named by the overlay\)/),
        expect.stringContaining('POSTGRES_PASSWORD'),
      ]);
    });

    it('keeps identity defaults out of shared layers and does not miss them', () => {
      const nodes = [node('n', { runtime: ['POSTGRES_DATABASE'] }, 'shop')];
      const overlay = overlayOf('laptop', { POSTGRES_DATABASE: 'x' });
      const { lines, warnings } = plan({
        registry,
        nodes,
        overlay,
        values: secrets({ POSTGRES_DATABASE: 'x' }),
      });
      expect(lines).toEqual(['UNCLAIMED /shared/POSTGRES_DATABASE']);
      expect(warnings).toEqual([expect.stringContaining('POSTGRES_DATABASE is an identity default')]);
    });

    it('warns where a service has no value of its own for a key that must have one', () => {
      const nodes = ['a', 'b', 'c'].map((service) =>
        node(`node-${service}`, { kafka: ['KAFKA_GROUP_ID'] }, service),
      );
      const { warnings } = plan(
        {
          registry,
          nodes,
          values: secrets({ KAFKA_GROUP_ID: 'placeholder' }),
          serviceValues: new Map([['b', secrets({ KAFKA_GROUP_ID: 'b' })]]),
        },
        server({ '/services/c/kafka/KAFKA_GROUP_ID': 'c' }),
      );
      expect(warnings).toEqual([
        expect.stringMatching('^/services/a/kafka/KAFKA_GROUP_ID has no value.*: node-a would read'),
      ]);
    });
  });

  it("prefers the stack's value to the env file's and says that they differ", () => {
    const input = {
      values: secrets({ POSTGRES_PASSWORD: 'stale' }),
      stackValues: [{ folder: 'database', key: 'POSTGRES_PASSWORD', value: new Secret('real') }],
    };
    const { lines, warnings } = plan(input, server({ '/shared/database/POSTGRES_PASSWORD': 'real' }));
    expect(lines).toEqual(['UNCHANGED /shared/database/POSTGRES_PASSWORD']);
    expect(warnings).toEqual([expect.stringContaining('of the running stack differs')]);
  });

  it('reports a key that the server holds twice, and refuses to write it', () => {
    const twice = [
      ...server({ '/shared/kafka/KAFKA_ACKS': 'one' }),
      ...server({ '/shared/kafka/KAFKA_ACKS': 'all' }),
    ];
    const { rows, warnings } = plan(given, twice, true);
    expect(rows).toMatchObject([{ action: 'REFUSED', reason: expect.stringContaining('2 times') }]);
    expect(warnings).toEqual([expect.stringContaining('KAFKA_ACKS is 2 times on the server')]);
  });

  it('plans each of 1,000 keys in 20 folders once', () => {
    const keysOf = (at: number) => Array.from({ length: 50 }, (_, key) => `KEY_${at}_${key}`);
    const all = Array.from({ length: 20 }, (_, at) => at);
    const { rows } = plan({
      nodes: all.map((at) => node(`n${at}`, { runtime: keysOf(at) }, `s${at}`)),
      serviceValues: new Map(
        all.map((at) => [`s${at}`, secrets(Object.fromEntries(keysOf(at).map((key) => [key, key])))]),
      ),
    });
    expect(new Set(rows.map(({ folder, key }) => `${folder}/${key}`)).size).toBe(1000);
    expect(new Set(rows.map(({ folder }) => folder)).size).toBe(20);
    expect(planCounts(rows)).toMatchObject({ CREATE: 1000 });
    expect(rows).toHaveLength(1000);
  });

  it('shows what is in its folders and nobody asks for, and leaves the folders of others alone', () => {
    const held = server({
      '/shared/kafka/KAFKA_ACKS': 'all',
      '/shared/kafka/KAFKA_RETIRED': ['x', 4],
      '/shared/kafka/KAFKA_BOOTSTRAP_SERVERS': 'stale',
      '/theirs/KEY': 'x',
    });
    const registry = registryOf('shared: {}\nbootstrap_only: [KAFKA_BOOTSTRAP_SERVERS]');
    const { rows, lines } = plan({ ...given, registry }, held, true);
    expect(lines).toEqual([
      'UNCHANGED /shared/kafka/KAFKA_ACKS',
      'UNMANAGED /shared/kafka/KAFKA_BOOTSTRAP_SERVERS',
      'UNMANAGED /shared/kafka/KAFKA_RETIRED',
    ]);
    expect(rows[2]).toMatchObject({ version: 4, owners: [], required: false });
  });
});
