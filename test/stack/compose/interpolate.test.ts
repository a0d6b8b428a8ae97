import { interpolate } from '../../../stack/compose/interpolate';

const variables: Record<string, string> = { HOST: 'db', EMPTY: '', PORT: '5432' };
const run = (text: string) => interpolate(text, (name) => variables[name]).text;

describe('interpolate', () => {
  it.each([
    ['plain', 'plain'],
    ['$HOST:${PORT}', 'db:5432'],
    ['$$HOST and $${PORT}', '$HOST and ${PORT}'],
    ['${NONE:-x}', 'x'],
    ['${EMPTY:-x}', 'x'],
    ['${EMPTY-x}', ''],
    ['${NONE-x}', 'x'],
    ['${HOST:+set}${NONE:+set}', 'set'],
    // a dollar sign that begins nothing is itself, as in Compose
    ['5$ or $5', '5$ or $5'],
    ['${NONE:-${EMPTY:-${HOST}/y}}/z', 'db/y/z'],
    ['${HOST:?must be there}', 'db'],
    // an error in a default that is not used is none
    ['${HOST:-${NONE}}', 'db'],
  ])('%s is %s', (source, expected) => expect(run(source)).toBe(expected));

  it.each([
    ['${NONE}', 'NONE is not set and has no default'],
    ['$NONE', 'NONE is not set and has no default'],
    ['${NONE:?give a host}', 'NONE is not set: give a host'],
    ['${EMPTY:?}', 'EMPTY is not set: a value is required'],
    ['${HOST', '${HOST is not closed by }'],
    ['${5}', '${ must be followed by a name'],
  ])('%s is refused: %s', (source, message) => expect(() => run(source)).toThrow(message));

  it('tells the variables that it used', () => {
    expect(interpolate('${NONE:-${HOST}}:$PORT', (name) => variables[name]).variables).toEqual([
      'HOST',
      'NONE',
      'PORT',
    ]);
  });
});
