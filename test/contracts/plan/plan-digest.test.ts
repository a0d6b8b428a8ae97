import { keyedDigest } from '../../../contracts/core/keyed-digest';
import { Secret } from '../../../contracts/core/secret';
import { buildPlan } from '../../../contracts/plan/build-plan';
import { planDigest } from '../../../contracts/plan/plan-digest';
import { seedTargets } from '../../../contracts/plan/seed-targets';
import { node, secrets, seedInput, server } from './fixture';

const digestOf = (value: Secret) => keyedDigest(new Secret('installation key'), value);
function digest(values: Record<string, string>, held: Parameters<typeof server>[0] = {}) {
  const seed = seedTargets(
    seedInput({ nodes: [node('n', { runtime: ['A', 'B'] })], values: secrets(values) }),
  );
  const { rows } = buildPlan(seed, server(held), { overwrite: true });
  return {
    is: planDigest(rows, seed.targets, digestOf),
    reversed: planDigest(rows.toReversed(), seed.targets, digestOf),
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
});
