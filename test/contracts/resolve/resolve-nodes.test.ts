import { resolveNodes, type ResolveInput } from '../../../contracts/resolve/resolve-nodes';
import { defaultRegistry } from '../../../contracts/registry';
import { folderNames } from '../../../contracts/folders';
import { node, registryOf, secrets, server } from '../plan/fixture';

function resolve(input: Partial<ResolveInput>) {
  const [config] = resolveNodes({
    nodes: [],
    registry: defaultRegistry,
    folders: folderNames(),
    environment: new Map(),
    lane: 'uncontrolled',
    ...input,
  });
  if (config === undefined) throw new Error('no node given');
  const from = [...config.values].map(([key, value]) => {
    const provenance = config.provenance.get(key);
    const source = provenance?.source === 'infisical' ? provenance.folder : provenance?.source;
    return [key, `${value.reveal()} from ${source}`];
  });
  return { ...config, from: Object.fromEntries(from) as Record<string, string> };
}
const acks = [node('n', { kafka: ['KAFKA_ACKS'] }, 'shop')];
const layers = {
  '/shared/kafka/KAFKA_ACKS': 'shared',
  '/machine-class/laptop/KAFKA_ACKS': 'class',
  '/services/shop/kafka/KAFKA_ACKS': 'own',
};

describe('resolveNodes', () => {
  it('looks in the service, then the machine class, then the shared folder; blank is absent', () => {
    const found = (held: Record<string, string>) =>
      resolve({ nodes: acks, machineClass: 'laptop', observed: server(held) }).from.KAFKA_ACKS;
    expect(found(layers)).toBe('own from /services/shop/kafka');
    expect(found({ ...layers, '/services/shop/kafka/KAFKA_ACKS': ' ' })).toBe(
      'class from /machine-class/laptop',
    );
    expect(found({ '/shared/kafka/KAFKA_ACKS': 'shared' })).toBe('shared from /shared/kafka');
    expect(
      resolve({ nodes: acks, observed: server({ ...layers, '/services/shop/kafka/KAFKA_ACKS': '' }) }).from,
    ).toEqual({
      KAFKA_ACKS: 'shared from /shared/kafka',
    });
  });

  it('takes environment dependencies from the env folders', () => {
    const held = server({ '/shared/env/TOKEN': 'shared', '/services/shop/env/TOKEN': 'own' });
    expect(resolve({ nodes: [node('n', { runtime: ['TOKEN'] }, 'shop')], observed: held }).from).toEqual({
      TOKEN: 'own from /services/shop/env',
    });
  });

  it.each([
    ['uncontrolled', 'ambient', 'ambient from environment'],
    ['uncontrolled', ' ', 'own from /services/shop/kafka'],
    ['controlled', 'ambient', 'own from /services/shop/kafka'],
  ] as const)('on the %s lane with %j in the environment', (lane, ambient, expected) => {
    const environment = secrets({ KAFKA_ACKS: ambient });
    expect(resolve({ nodes: acks, observed: server(layers), environment, lane }).from.KAFKA_ACKS).toBe(
      expected,
    );
  });

  it('falls back to the environment on the controlled lane, and knows nothing else without Infisical', () => {
    const environment = secrets({ KAFKA_ACKS: 'ambient' });
    const expected = { KAFKA_ACKS: 'ambient from environment' };
    expect(resolve({ nodes: acks, observed: [], environment, lane: 'controlled' }).from).toEqual(expected);
    expect(resolve({ nodes: acks, environment, lane: 'controlled' }).from).toEqual(expected);
  });

  it('takes bootstrap keys from the environment only', () => {
    const registry = registryOf('bootstrap_only: [KAFKA_ACKS]');
    const nodes = [node('n', { kafka: ['KAFKA_ACKS'], infisical: ['INFISICAL_ADDR'] }, 'shop')];
    const held = server({ ...layers, '/shared/infisical/INFISICAL_ADDR': 'x' });
    const { from, missingRequired } = resolve({
      nodes,
      registry,
      observed: held,
      environment: secrets({ INFISICAL_ADDR: 'http://here' }),
      lane: 'controlled',
    });
    expect(from).toEqual({ INFISICAL_ADDR: 'http://here from environment' });
    expect(missingRequired).toEqual(['KAFKA_ACKS']);
  });

  it('separates required from optional keys that are missing', () => {
    const { missingRequired, missingOptional } = resolve({
      nodes: [node('n', { runtime: ['A', 'B?', 'C'] })],
    });
    expect([missingRequired, missingOptional]).toEqual([['A', 'C'], ['B']]);
  });

  it('does not miss identity defaults and never takes them from a layer of several services', () => {
    const registry = registryOf('identity_defaults: [POSTGRES_DATABASE]');
    const nodes = [node('n', { runtime: ['POSTGRES_DATABASE'] }, 'shop')];
    const shared = server({
      '/shared/env/POSTGRES_DATABASE': 'x',
      '/machine-class/laptop/POSTGRES_DATABASE': 'x',
    });
    expect(resolve({ nodes, registry, machineClass: 'laptop', observed: shared })).toMatchObject({
      from: {},
      missingRequired: [],
      missingOptional: [],
    });
    const own = server({ '/services/shop/env/POSTGRES_DATABASE': 'shop' });
    expect(resolve({ nodes, registry, observed: own }).from.POSTGRES_DATABASE).toContain('shop from');
  });

  it('resolves a key of two transports once, layer by layer, the environment dependency first', () => {
    const nodes = [node('n', { kafka: ['K?'], runtime: ['K'] }, 'shop')];
    const found = (held: Record<string, string>) => resolve({ nodes, observed: server(held) }).from.K;
    expect(found({ '/shared/kafka/K': 'k', '/shared/env/K': 'e' })).toBe('e from /shared/env');
    expect(found({ '/services/shop/kafka/K': 'k', '/shared/env/K': 'e' })).toBe(
      'k from /services/shop/kafka',
    );
    expect(resolve({ nodes }).missingRequired).toEqual(['K']);
  });
});
