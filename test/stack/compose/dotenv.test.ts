import { namesOfDotenv, readDotenv, readRawEnv } from '../../../stack/compose/dotenv';

const shell: Record<string, string> = { SHELL_VALUE: 'given', DB_USER_OF_SHELL: 'root' };
const read = (text: string) => Object.fromEntries(readDotenv(text, (name) => shell[name]));

// each expectation is what compose-go v2.16 makes of the text
describe('an env file, as Compose reads it', () => {
  it.each<[string, Record<string, string>]>([
    ['PW=abc#def', { PW: 'abc#def' }],
    ['PW=abc # a comment', { PW: 'abc' }],
    ['PW=', { PW: '' }],
    ['A=x\nB=$A-${A}', { A: 'x', B: 'x-x' }],
    ['URL=postgres://${USER_NAME}:${NONE:-none}@db', { URL: 'postgres://:none@db' }],
    ["A='${B} $c' # kept", { A: '${B} $c' }],
    ['A="two\\nlines \\"q\\" \\$A ${SHELL_VALUE}"', { A: 'two\nlines "q" $A given' }],
    ['A="over\nlines"\nB=1', { A: 'over\nlines', B: '1' }],
    ["A='it\\'s'", { A: "it's" }],
    ['A=pa$$word', { A: 'pa$word' }],
    ['A=5$ and $6', { A: '5$ and $6' }],
    ['export A = 1\nB: 2', { A: '1', B: '2' }],
    ['SHELL_VALUE\nNONE\nA=1', { SHELL_VALUE: 'given', A: '1' }],
    ['\uFEFFA=1\r\nB=2\r\n# c\r\n', { A: '1', B: '2' }],
    ['A=\\n', { A: '\\n' }],
    ['A=1\nA=2', { A: '2' }],
    ['SHELL_VALUE=own\nB=$SHELL_VALUE', { SHELL_VALUE: 'own', B: 'given' }],
    ['__proto__=1\nconstructor=2', { ['__proto__']: '1', constructor: '2' }],
  ])('%j', (text, expected) => expect(read(text)).toEqual(expected));

  it.each([
    ['A=1\nPW="open', 'line 2: a quote opens and does not close'],
    ['A=1\n\nsecret value', 'line 3: neither NAME=value nor a comment'],
    ['A=${', 'line 1: A: ${ must be followed by a name'],
    ['A=${B:?give it}', 'line 1: A: B is not set: give it'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).not.toThrow(/secret|open\b/);
  });

  it('names what it sets and asks for', () => {
    expect(namesOfDotenv('A=${B:-$C}\nD\nE="$F"')).toEqual(['A', 'C', 'B', 'D', 'E', 'F']);
    expect(namesOfDotenv('not one')).toEqual([]);
  });

  it('is taken as it stands where it is raw', () => {
    expect([...readRawEnv("# c\nA='$B' # x\r\nSHELL_VALUE\nNONE\n", (name) => shell[name])]).toEqual([
      ['A', "'$B' # x"],
      ['SHELL_VALUE', 'given'],
    ]);
  });
});
