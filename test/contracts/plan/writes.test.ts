import { buildPlan } from '../../../contracts/plan/build-plan';
import { remainingWrites } from '../../../contracts/plan/writes';
import { seedTargets } from '../../../contracts/plan/seed-targets';
import { node, secrets, seedInput, server } from './fixture';

const { targets, ...others } = seedTargets(
  seedInput({
    nodes: [node('n', { runtime: ['NEW', 'OLD', 'SAME', 'LACKING', 'REFUSED'] })],
    values: secrets({ NEW: 'new', OLD: 'changed', SAME: 'same', REFUSED: ' padded ' }),
  }),
);
const before = {
  '/shared/env/OLD': ['old', 3],
  '/shared/env/SAME': ['same', 1],
  '/shared/env/LACKING': ['', 1],
} satisfies Record<string, [string, number]>;
const { rows } = buildPlan({ targets, ...others }, server(before), { overwrite: true });
const remaining = (now: Parameters<typeof server>[0]) =>
  remainingWrites(rows, targets, server({ ...before, ...now }));
const keys = (now: Parameters<typeof server>[0]) => {
  const result = remaining(now);
  return result.kind === 'writes'
    ? result.writes.map(({ action, key, value }) => `${action} ${key}=${value.reveal()}`)
    : result.rows.map(({ key }) => `stale ${key}`);
};

describe('remainingWrites', () => {
  it('is the whole plan while nothing has changed, whatever the rows that write nothing say', () => {
    expect(keys({})).toEqual(['CREATE NEW=new', 'UPDATE OLD=changed']);
    expect(keys({ '/shared/env/LACKING': ['set by hand', 2] })).toEqual([
      'CREATE NEW=new',
      'UPDATE OLD=changed',
    ]);
  });

  it('leaves out what an earlier attempt wrote', () => {
    expect(remaining({ '/shared/env/NEW': 'new', '/shared/env/OLD': ['changed', 4] })).toEqual({
      kind: 'writes',
      writes: [],
      done: 2,
    });
    expect(keys({ '/shared/env/NEW': 'new' })).toEqual(['UPDATE OLD=changed']);
  });

  it.each([
    ['a created key has appeared with another value', { '/shared/env/NEW': 'theirs' }, 'stale NEW'],
    ['an updated key has another version', { '/shared/env/OLD': ['theirs', 4] }, 'stale OLD'],
    ['an unchanged key has changed', { '/shared/env/SAME': ['theirs', 2] }, 'stale SAME'],
  ] as const)('is stale where %s', (_, now, row) => {
    expect(keys(now as unknown as Record<string, string>)).toEqual([row]);
  });

  it('is stale where an updated key has gone', () => {
    const { '/shared/env/OLD': _, ...rest } = before;
    expect(remainingWrites(rows, targets, server(rest))).toMatchObject({
      kind: 'stale',
      rows: [{ key: 'OLD' }],
    });
  });
});
