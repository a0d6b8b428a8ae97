import { Secret } from '../../../contracts/core/secret';
import { buildPlan } from '../../../contracts/plan/build-plan';
import { planDigest } from '../../../contracts/plan/writes';
import { seedTargets } from '../../../contracts/plan/seed-targets';
import { node, secrets, seedInput, server } from './fixture';

const key = new Secret('installation key');
function digest(values: Record<string, string>, held: Parameters<typeof server>[0] = {}) {
  const seed = seedTargets(
    seedInput({ nodes: [node('n', { runtime: ['A', 'B'] })], values: secrets(values) }),
  );
  const { rows } = buildPlan(seed, server(held), { overwrite: true });
  return {
    is: planDigest(rows, seed.targets, key),
    reversed: planDigest(rows.toReversed(), seed.targets, key),
  };
}

describe('planDigest', () => {
  it('does not depend on the order of rows', () => {
    const { is, reversed } = digest({ A: '1', B: '2' });
    expect(is).toBe(reversed);
    expect(is).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes with a row, a version and a wanted value', () => {
    const all = [
      digest({ A: '1', B: '2' }),
      digest({ A: '1', B: '3' }),
      digest({ A: '1' }),
      digest({ A: '1', B: '2' }, { '/shared/env/A': ['0', 1] }),
      digest({ A: '1', B: '2' }, { '/shared/env/A': ['0', 2] }),
    ].map(({ is }) => is);
    expect(new Set(all).size).toBe(all.length);
  });

  it('does not change with the nodes that read a key, nor tell the same of another installation', () => {
    const seed = (name: string) =>
      seedTargets(seedInput({ nodes: [node(name, { runtime: ['A'] })], values: secrets({ A: '1' }) }));
    const of = (name: string, under: Secret) => {
      const targets = seed(name);
      return planDigest(buildPlan(targets, [], { overwrite: false }).rows, targets.targets, under);
    };
    expect(of('n', key)).toBe(of('m', key));
    expect(of('n', key)).not.toBe(of('n', new Secret('another key')));
  });
});
