import { pythonString } from '../../../contracts/node-contract/python-values';
import { readYaml } from '../../../contracts/node-contract/yaml';

const valueOf = (text: string) => (readYaml(`a: ${text}`).root as Map<string, unknown>).get('a');
const faults = (text: string) => readYaml(text).problems;

describe('readYaml', () => {
  // The right column was printed by PyYAML 6.0.3: str(safe_load("a: " + text)["a"]).
  it.each([
    ['yes', 'True'],
    ['n', 'n'],
    ['Off', 'False'],
    ['~', 'None'],
    ['1e3', '1e3'],
    ['1.5e+3', '1500.0'],
    ['1.10', '1.1'],
    ['-0.0', '-0.0'],
    ['.5', '0.5'],
    ['1.0e+20', '1e+20'],
    ['0.00001', '1e-05'],
    ['-.INF', '-inf'],
    ['.nan', 'nan'],
    ['0755', '493'],
    ['09', '09'],
    ['0o17', '0o17'],
    ['0x1F', '31'],
    ['0b101', '5'],
    ['-0b__1_0', '-2'],
    ['0x_F_', '15'],
    ['1_000', '1000'],
    ['190:20:30', '685230'],
    ['1:30.5', '90.5'],
    ['100000000000000000000000', '100000000000000000000000'],
    ['2024-01-02', '2024-01-02'],
    ['2024-1-2', '2024-1-2'],
    ['2024-01-02T10:20:30.5Z', '2024-01-02 10:20:30.500000+00:00'],
    ['2024-01-02 1:20:30 +02:00', '2024-01-02 01:20:30+02:00'],
    ['"yes"', 'yes'],
  ])('reads %s as PyYAML does: %s', (text, expected) => {
    expect(pythonString(valueOf(text))).toBe(expected);
  });

  it('keeps the last of two equal keys and reports it with its line', () => {
    const yaml = readYaml('a: 1\nb: 2\na: 3\n');
    expect(pythonString((yaml.root as Map<string, unknown>).get('a'))).toBe('3');
    expect(yaml.problems).toEqual([{ message: "Key 'a' is given twice: the last one counts", line: 3 }]);
  });

  it('merges << with the own keys winning', () => {
    const { root } = readYaml('x: &x {a: p, b: q}\ny:\n  b: own\n  <<: *x\n');
    expect((root as Map<string, unknown>).get('y')).toEqual(
      new Map([
        ['a', 'p'],
        ['b', 'own'],
      ]),
    );
  });

  it.each([
    ['two documents', 'a: 1\n---\nb: 2\n', 'a second document', 2],
    ['an unclosed list', 'a: [1\nb: 2\n', 'wrongly indented', 2],
    ['a tab as indentation', 'a:\n\t- b\n', 'a tab as indentation', 2],
    ['an unknown tag', 'a: 1\nb: !custom x\n', 'a tag (!name)', 2],
    ['a Python tag', 'a: !!python/name:os.system x\n', 'a tag (!name)', 1],
    ['an alias of nothing', 'a: 1\nb: *nothing\n', 'an alias (*name) whose anchor', 2],
    ['a NUL', 'a: 1\nb: x\0y\n', 'control characters', 2],
    ['deep flow nesting', `a: 1\nb: ${'['.repeat(5000)}`, 'nested deeper than 200', 2],
    ['deep block nesting', '- '.repeat(20000), 'nested too deeply', 1],
  ])('reports %s and where', (_, text, message, line) => {
    const yaml = readYaml(text);
    expect(yaml).toMatchObject({ ok: false, root: undefined });
    expect(yaml.problems[0]).toMatchObject({ message: expect.stringContaining(message), line });
  });

  it('stops at nested aliases that multiply, but not at many uses of one anchor', () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(`*${of}`).join(', ')}]`;
    const bomb = ['a: &a [x]', ...'bcdefghi'.split('').map((name, at) => level(name, 'abcdefghi'[at]!))].join(
      '\n',
    );
    expect(faults(bomb)[0]?.message).toContain('unfold to too much');
    expect(readYaml(`a: &a x\nb: [${Array(1000).fill('*a').join(',')}]`).ok).toBe(true);
  });

  it('names the size limit, and says no more than 20 things about one file', () => {
    expect(faults(`a: ${'x'.repeat(1024 * 1024)}`)).toEqual([
      { message: 'larger than 1 MiB, which is the limit' },
    ]);
    expect(faults('"'.repeat(2000))).toHaveLength(20);
  });

  it('has no root and no problem for an empty text', () => {
    expect(readYaml('# nothing\n')).toMatchObject({ ok: true, root: undefined, problems: [] });
  });
});
