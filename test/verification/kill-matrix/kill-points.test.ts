import {
  choose,
  killPoints,
  nameOf,
  shuffled,
  type Passage,
} from '../../../verification/kill-matrix/kill-points';

const passages: Passage[] = [
  { effect: 'file rename state/temporal/server.json #1', moment: 'before', phase: 'start' },
  { effect: 'file link state/kill/secrets/auth_secret #1', moment: 'before', phase: 'infrastructure' },
  { effect: 'docker POST /containers/postgres/start #1', moment: 'before', phase: 'infrastructure' },
  { effect: 'docker POST /containers/postgres/start #1', moment: 'after', phase: 'infrastructure' },
];
const victimsAt = (index: number) =>
  killPoints(passages)
    .filter(({ effect, moment }) => effect === passages[index]?.effect && moment === passages[index]?.moment)
    .map(({ victim }) => victim);

describe('killPoints', () => {
  it('kills only what runs at that moment of a run', () => {
    expect(victimsAt(0)).toEqual(['worker', 'everything']);
    expect(victimsAt(1)).toEqual(['worker', 'temporal', 'engine', 'everything']);
    expect(victimsAt(2)).not.toContain('postgres');
    expect(victimsAt(3)).toEqual(['worker', 'temporal', 'postgres', 'engine', 'everything']);
  });
});

describe('choose', () => {
  const all = killPoints(
    Array.from({ length: 20 }, (_, index) => ({
      ...passages[0]!,
      effect: `file rename state/${index} #1`,
    })),
    { isUp: true },
  );
  it('takes as many of each victim, evenly over the run', () => {
    const chosen = choose(all, { sample: 28, seed: 1 });
    expect(chosen).toHaveLength(28);
    const ofWorker = chosen.filter(({ victim }) => victim === 'worker');
    const quarters = ofWorker.map(({ effect }) => Math.floor(Number(/state\/(\d+)/.exec(effect)![1]) / 5));
    expect(quarters.sort()).toEqual([0, 1, 2, 3]);
    const another = choose(all, { sample: 28, seed: 2 }).map(nameOf);
    expect(new Set([...chosen.map(nameOf), ...another]).size).toBeGreaterThan(40);
  });
  it('takes all where nothing is said, and those that are meant', () => {
    expect(choose(all, { seed: 1 }).map(nameOf).sort()).toEqual(all.map(nameOf).sort());
    expect(choose(all, { seed: 1, victim: 'engine', only: 'state/7 ' })).toHaveLength(1);
  });
});

describe('shuffled', () => {
  it('chooses the same for the same seed, and something else for another', () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    expect(shuffled(items, 1)).toEqual(shuffled(items, 1));
    expect(shuffled(items, 1)).not.toEqual(shuffled(items, 2));
    expect(shuffled(items, 1).sort((a, b) => a - b)).toEqual(items);
  });
});
