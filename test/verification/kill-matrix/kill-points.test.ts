import { killPoints, shuffled, type Passage } from '../../../verification/kill-matrix/kill-points';

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

describe('shuffled', () => {
  it('chooses the same for the same seed, and something else for another', () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    expect(shuffled(items, 1)).toEqual(shuffled(items, 1));
    expect(shuffled(items, 1)).not.toEqual(shuffled(items, 2));
    expect(shuffled(items, 1).sort((a, b) => a - b)).toEqual(items);
  });
});
