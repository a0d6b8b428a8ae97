import { Secret } from '../../../contracts/core/secret';
import { mergeConfigs, type NodeConfig } from '../../../contracts/resolve/resolve-nodes';

const node = (
  name: string,
  values: Record<string, string>,
  missing: Partial<NodeConfig> = {},
): NodeConfig => ({
  node: name,
  values: new Map(Object.entries(values).map(([key, value]) => [key, new Secret(value)])),
  provenance: new Map(Object.keys(values).map((key) => [key, { source: 'environment' as const }])),
  missingRequired: [],
  missingOptional: [],
  ...missing,
});

describe('mergeConfigs', () => {
  it('gives one process the keys of all its nodes', () => {
    const merged = mergeConfigs([node('a', { A: '1', SAME: 's' }), node('b', { B: '2', SAME: 's' })]);
    expect([...merged.values].map(([key, value]) => [key, value.reveal()])).toEqual([
      ['A', '1'],
      ['SAME', 's'],
      ['B', '2'],
    ]);
    expect(merged.conflicts).toEqual([]);
    expect([...merged.provenance.keys()]).toEqual(['A', 'SAME', 'B']);
  });

  it('lets the first node win where values differ, and says so by name', () => {
    const merged = mergeConfigs([node('a', { KEY: '1' }), node('b', { KEY: '2' }), node('c', { KEY: '3' })]);
    expect(merged.values.get('KEY')?.reveal()).toBe('1');
    expect(merged.conflicts).toEqual([{ key: 'KEY', nodes: ['a', 'b', 'c'] }]);
  });

  it('misses what no node has, required before optional', () => {
    const merged = mergeConfigs([
      node('a', { FOUND: '1' }, { missingRequired: ['R'], missingOptional: ['O'] }),
      node('b', {}, { missingRequired: ['FOUND', 'R'], missingOptional: ['R'] }),
    ]);
    expect(merged).toMatchObject({ missingRequired: ['R'], missingOptional: ['O'] });
  });
});
