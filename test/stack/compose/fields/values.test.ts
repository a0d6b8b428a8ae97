import { duration, words } from '../../../../stack/compose/fields/values';

describe('a duration', () => {
  it.each([
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
  ])('%j: %s', (text, expected) => expect(duration.parse(text)).toBe(expected));

  it.each(['', '10', '1 s'])('is not %j', (text) => {
    expect(() => duration.parse(text)).toThrow('must be a duration such as 500ms, 10s or 1m30s');
  });
});

describe('a command', () => {
  it.each([
    ['node  server.js', ['node', 'server.js']],
    [`sh -c 'a "b" c'`, ['sh', '-c', 'a "b" c']],
    ['a\\ b "c \\"d\\"" e"f"g', ['a b', 'c "d"', 'efg']],
    ['', []],
    [
      ['as', 'it is'],
      ['as', 'it is'],
    ],
  ])('%j', (value, expected) => expect(words.parse(value)).toEqual(expected));

  it('refuses an open quote', () => expect(() => words.parse('sh -c "a')).toThrow('a quote is not closed'));
});
