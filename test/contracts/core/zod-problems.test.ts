import { z } from 'zod';
import { nearest, zodLines, zodProblems } from '../../../contracts/core/zod-problems';

const schema = z.strictObject({
  name: z.string(),
  port: z.number().max(65_535).optional(),
  kind: z.enum(['one', 'two']).default('one'),
  check: z.union([z.strictObject({ test: z.string(), interval: z.number() }), z.string()]).optional(),
  services: z.record(z.string(), z.strictObject({ image: z.string() }).optional()).optional(),
  keys: z.map(z.string(), z.array(z.string())).optional(),
});
const lines = (value: unknown) => {
  const { error } = schema.safeParse(value);
  return error === undefined ? [] : zodLines(error, schema);
};

describe('zodLines', () => {
  it('names each field and what was expected there, and never what was given', () => {
    const value = { port: 700_000, kind: 'hunter2', keys: new Map([['K', [2]]]) };
    expect(lines(value)).toEqual([
      'name: missing, expected string',
      'port: expected number to be <=65535',
      'kind: expected one of "one"|"two"',
      'keys.K.0: expected string, received number',
    ]);
    expect(lines('hunter2')).toEqual(['root: expected object, received string']);
  });

  it('knows the nearest field of one that there is not, at any depth', () => {
    expect(lines({ name: 'x', prot: 1 })).toEqual(['prot: unknown field; did you mean port?']);
    expect(lines({ name: 'x', services: { db: { image: 'x', imgae: 'y' } } })).toEqual([
      'services.db.imgae: unknown field; did you mean image?',
    ]);
    expect(lines({ name: 'x', volumes: 1 })).toEqual([
      'volumes: unknown field; there are name, port, kind, check, services, keys',
    ]);
  });

  it('says what all alternatives expect, or what the one that fits lacks inside', () => {
    expect(lines({ name: 'x', check: 5 })).toEqual([
      'check: expected object, received number, or expected string, received number',
    ]);
    expect(lines({ name: 'x', check: { test: 'x' } })).toEqual(['check.interval: missing, expected number']);
  });

  it('gives paths for whoever looks up the line', () => {
    const { error } = schema.safeParse({ name: 'x', keys: new Map([['K', [2]]]) });
    expect(zodProblems(error!, schema).map(({ path }) => path)).toEqual([['keys', 'K', 0]]);
  });
});

it('a schema’s own words and its wrappers are seen through: preprocessed, and members of a union', () => {
  const ready = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('http'), path: z.string() }),
    z.strictObject({ kind: z.literal('sql'), user: z.string().optional() }),
  ]);
  const own = z.union([z.string(), z.array(z.string())], { error: 'must be a text or a list of texts' });
  const outer = z.preprocess((value) => value, z.strictObject({ ready, own: own.optional() }));
  const problems = (value: unknown) => zodLines(outer.safeParse(value).error!, outer);
  expect(problems({ ready: { kind: 'sql', usr: 'x' } })).toEqual([
    'ready.usr: unknown field; did you mean user?',
  ]);
  expect(problems({ ready: { kind: 'sql' }, own: [1] })).toEqual(['own: must be a text or a list of texts']);
});

describe('nearest', () => {
  it.each([
    ['imagee', 'image'],
    ['enviroment', 'environment'],
    ['prots', 'ports'],
    ['Ports', 'ports'],
    ['cap_add', undefined],
  ])('%s: %s', (word, expected) => {
    expect(nearest(word, ['image', 'environment', 'ports', 'volumes'])).toBe(expected);
  });
});
