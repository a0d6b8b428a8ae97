import { parse } from 'dotenv';
import fc from 'fast-check';
import { parseEnvValues } from '../../contracts/values';

const read = (content: string | Uint8Array) => {
  const { values, problems } = parseEnvValues(typeof content === 'string' ? Buffer.from(content) : content);
  return { values: Object.fromEntries([...values].map(([key, value]) => [key, value.reveal()])), problems };
};

describe('parseEnvValues', () => {
  it('reads by the rules of dotenv: quotes, exports, comments, several lines, nothing interpolated', () => {
    const text = `# a comment
export A=plain # behind
B="two
lines\\nthree"
C='\${A} # kept'
D=
E: yaml
`;
    expect(read(text)).toEqual({
      values: { A: 'plain', B: 'two\nlines\nthree', C: '${A} # kept', D: '', E: 'yaml' },
      problems: [],
    });
  });

  it('tolerates a byte order mark and CRLF', () => {
    expect(read('\ufeffA=1\r\nB=2\r\n')).toEqual({ values: { A: '1', B: '2' }, problems: [] });
  });

  it('names a line that is no statement by its number only', () => {
    const { problems } = read('A=1\n\nhunter2 is my password\nB=2\n+also\n');
    expect(problems).toEqual([
      { message: 'neither KEY=value nor a comment; the line is left out', line: 3 },
      { message: 'neither KEY=value nor a comment; the line is left out', line: 5 },
    ]);
  });

  it('reports repeated keys, NUL and open quotes, without the values', () => {
    expect(read('A=1\nA=2\nN=x\0y\nQ="open\n')).toEqual({
      values: { A: '2', N: 'x\0y', Q: '"open' },
      problems: [
        { message: 'A: given twice; the last value that is not blank counts', line: 2 },
        { message: 'N: holds a NUL character', line: 3 },
        { message: 'Q: a quote opens and does not close; it stays in the value', line: 4 },
      ],
    });
  });

  it.each([
    ['TOKEN=Secr#et1', 'Secr', 'the value ends before the "#"; to keep all of it, write TOKEN=\'…\''],
    ['TOKEN=#fff', '', 'the value ends before the "#"; to keep all of it, write TOKEN=\'…\''],
    [`TOKEN="it's"#1`, "it's", 'the value ends before the "#"; to keep all of it, write TOKEN=`…`'],
    ['TOKEN={"a":"x#y"}', '{"a":"x', 'the value ends before the "#"; to keep all of it, write TOKEN=\'…\''],
    ['TOKEN={"a": "x #y"}', '{"a": "x', expect.stringContaining('looks like JSON that was cut off')],
    ['TOKEN=[1,\n', '[1,', expect.stringContaining('looks like JSON that was cut off')],
  ])('keeps what dotenv cuts, and tells of it: %s', (text, value, message) => {
    expect(read(text)).toEqual({
      values: { TOKEN: value },
      problems: [{ message: typeof message === 'string' ? `TOKEN: ${message}` : message, line: 1 }],
    });
  });

  it.each([
    'A=x # a comment',
    'A=\n# a comment',
    'A= # none',
    'A="x#y" # z',
    'A={"a":[1]}',
    'A=[::1]:80',
    'A=a[0',
  ])('says nothing of %j', (text) => {
    expect(read(text).problems).toEqual([]);
  });

  it.each([
    ['UTF-16', Buffer.from('\ufeffTOKEN=abc\n', 'utf16le')],
    ['UTF-16', Buffer.from('TOKEN=abc\n', 'utf16le')],
    ['UTF-16', Buffer.from('\ufeffTOKEN=abc\n', 'utf16le').swap16()],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0])],
  ])('names %s and reads nothing of it', (encoding, bytes) => {
    expect(read(bytes)).toEqual({
      values: {},
      problems: [{ message: `${encoding}: save it as UTF-8` }],
    });
  });

  it('does not let a blank value replace a good one', () => {
    expect(read('A=1\nA=\n').values).toEqual({ A: '1' });
  });

  it('points at a quote that swallowed the lines after it', () => {
    const { values, problems } = read('A="open\nB=2\nC=3"\n');
    expect(Object.keys(values)).toEqual(['A']);
    expect(problems[0]?.message).toContain('is a quote left open?');
  });

  it('leaves out a value whose bytes are not UTF-8 and keeps the others', () => {
    const bytes = Buffer.concat([
      Buffer.from('A=1\nB="x\n'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"\nC=ü\n'),
    ]);
    expect(read(bytes)).toEqual({
      values: { A: '1', C: 'ü' },
      problems: [
        {
          message:
            'B: not UTF-8 (line 3), perhaps Latin-1 or Windows-1252: save the file as UTF-8; the value is left out',
          line: 2,
        },
      ],
    });
  });

  it('reads a value of 1 MiB', () => {
    expect(read(`BIG='${'x'.repeat(1024 * 1024)}'`).values.BIG).toHaveLength(1024 * 1024);
  });

  it('agrees with dotenv on any text, blank repetitions apart', () => {
    const piece = fc.constantFrom(
      'A',
      'B_1',
      '=',
      ':',
      ' ',
      '\n',
      '\r\n',
      '"',
      "'",
      '`',
      '#',
      '\\',
      'export ',
      'x',
      '\\n',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        const ours = read(text).values;
        const blank = Object.entries(parse(text)).filter(([, value]) => value.trim() === '');
        expect({ ...ours, ...Object.fromEntries(blank) }).toEqual(parse(text));
      }),
      { numRuns: 2000 },
    );
  });
});
