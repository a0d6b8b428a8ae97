import { z } from 'zod';
import { zodLines, zodProblems } from '../../../contracts/core/zod-problems';

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
