import { Lexer } from 'yaml';
import { parseContract } from '../../contracts/node-contract/contract';
import { parseStack } from '../../stack/compose/parse-stack';

const SIZE = 1024 * 1024 - 64; // as much as is read at all
const LIMIT_MS = 6_000; // a second on a free machine; a worker's heartbeat must not be missed for longer

const filled = (part: string, head = '', tail = '') =>
  head + part.repeat(Math.floor((SIZE - head.length - tail.length) / part.length)) + tail;

function numbered(line: (n: number) => string, head = ''): string {
  let text = head;
  for (let n = 0; text.length < SIZE - 100; n++) text += line(n);
  return text;
}

/** Texts that keep a parser busy: each of one kind, as long as a contract may be. */
const TEXTS: Record<string, string> = {
  'aliases of one anchor': filled('*a,', 'x: &a 1\ny: [', '1]\n'),
  'an alias a line': filled('- *a\n', '- &a 1\n'),
  'an anchor and an alias a line': filled('- &a 1\n- *a\n'),
  'anchors of many names': numbered((n) => `- &a${n} 1\n- *a${n}\n`),
  'merge keys': numbered(
    (n) => `m${n}: {<<: *a}\n`,
    `a: &a {${Array.from({ length: 500 }, (_, n) => `k${n}: 1`).join(', ')}}\n`,
  ),
  'double quotes': filled('"'),
  'single quotes': filled("'"),
  'empty lists': filled('[],', 'x: [', ']'),
  'open lists': filled('['),
  dashes: filled('- '),
  'dashes, one a line': filled('-\n'),
  colons: filled(': '),
  'question marks': filled('?\n'),
  tags: filled('- !x 1\n'),
  directives: filled('%a\n'),
  'block scalars': filled('- >\n'),
  keys: numbered((n) => `k${n}: v\n`),
  'one key again and again': filled('k: v\n'),
  documents: filled('---\n'),
  'a long number': `x: ${filled('1')}`.slice(0, SIZE),
  'a long number to the base of sixty': `x: 1${filled(':1')}`.slice(0, SIZE),
  'a long octal number': `x: 0${filled('7')}`.slice(0, SIZE),
  'a long fraction': `x: 1.${filled('1')}`.slice(0, SIZE),
  'line ends': filled('\n'),
  'nested keys': numbered((n) => `${' '.repeat(n % 190)}a:\n`),
  dependencies: filled('  - { type: environment, env_var: AB }\n', 'name: x\ndependencies:\n'),
  'odd dependencies': numbered(
    (n) => `  - { type: environment, env_var: "a ${n}" }\n`,
    'name: x\ndependencies:\n',
  ),
};

describe('a contract that is made to keep a worker busy', () => {
  it.each(Object.keys(TEXTS))(
    'of %s ends soon, by a bound that is named or as a contract',
    (what) => {
      const before = performance.now();
      const { problems } = parseContract('n/contract.yaml', TEXTS[what] ?? '');
      expect(performance.now() - before).toBeLessThan(LIMIT_MS);
      for (const { message } of problems.slice(0, 20)) expect(message.length).toBeLessThan(300);
    },
    60_000,
  );

  it('has the same bounds as a stack file', () => {
    const text = `services: { a: { image: x } }\nx-a: &a 1\nx-b:\n${'- *a\n'.repeat(100_000)}`;
    expect(() => parseStack(text, { file: 'compose.yml', lookup: () => undefined })).toThrow(
      /compose.yml cannot be used:\n {2}line \d+: more than 200000 YAML tokens/,
    );
  });

  it('is named with the bound, the file and the line', () => {
    const aliases = `- &a 1\n${'- *a\n'.repeat(10_000)}`;
    expect(parseContract('n/contract.yaml', aliases).problems).toEqual([
      {
        message: expect.stringMatching(
          /^Failed to parse n\/contract.yaml: \d+ aliases \(\*name\), and \d+ is the limit for its size$/,
        ) as string,
      },
    ]);
    expect(parseContract('n/contract.yaml', TEXTS['keys'] ?? '').problems).toEqual([
      {
        message: 'Failed to parse n/contract.yaml: more than 200000 YAML tokens',
        line: expect.any(Number) as number,
      },
    ]);
  });

  it('is one that a real one never comes near: 2,000 keys are read', () => {
    const keys = Array.from({ length: 2_000 }, (_, n) => `  - { type: environment, env_var: KEY_${n} }\n`);
    const { requirements, problems } = parseContract('c.yaml', `name: n\ndependencies:\n${keys.join('')}`);
    expect([requirements.length, problems]).toEqual([2_000, []]);
  });
});

it('makes no more tokens of a short text than are allowed, so that those need not be counted', () => {
  const parts = [
    '-',
    ':',
    '?',
    ' ',
    '\n',
    '"',
    "'",
    '[',
    ']',
    '{',
    ',',
    '*',
    '&',
    '!',
    'a',
    '|',
    '>',
    '#',
    '%',
    '---',
  ];
  for (const one of parts)
    for (const other of parts)
      for (const third of parts) {
        const text = `${one}${other}${third}`.repeat(5);
        const tokens = [...new Lexer().lex(text)].length;
        if (tokens > (text.length + 1) * 4) throw new Error(`${tokens} tokens of ${JSON.stringify(text)}`);
      }
});
