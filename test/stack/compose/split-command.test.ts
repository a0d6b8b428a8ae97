import { splitCommand } from '../../../stack/compose/split-command';

describe('splitCommand', () => {
  it.each([
    ['node  server.js', ['node', 'server.js']],
    [`sh -c 'a "b" c'`, ['sh', '-c', 'a "b" c']],
    ['a\\ b "c \\"d\\"" e"f"g', ['a b', 'c "d"', 'efg']],
    ['', []],
  ])('%s', (text, expected) => expect(splitCommand(text)).toEqual(expected));

  it('refuses an open quote', () => expect(() => splitCommand('sh -c "a')).toThrow('a quote is not closed'));
});
