import { SecretForms } from '../../../contracts/core/secret-forms';

const value = 'c@nary/Zq7-5f1c9e';
const hidden = (text: string, ...values: string[]) => new SecretForms(values).hiddenIn(text);
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('SecretForms', () => {
  it.each([
    ['as it is', value],
    ['in upper case', value.toUpperCase()],
    ['in lower case', value.toLowerCase()],
    ['as hex', Buffer.from(value).toString('hex')],
    ['as upper-case hex with colons', Buffer.from(value).toString('hex').toUpperCase().replace(/../g, '$&:')],
    ['with spaces', [...value].join(' ')],
    ['with dashes', [...value].join('-')],
    ['over several lines', [...value].join('\n')],
    ['as base64', base64(value)],
    ['as base64 of URLs', Buffer.from(value).toString('base64url')],
    ['in base64 of more, one byte later', base64(`:${value} and more`)],
    ['in base64 of more, two bytes later', base64(`::${value} and more`)],
    ['as URLs write it', encodeURIComponent(value)],
    ['as JSON writes it', JSON.stringify(value)],
    ['backwards', [...value].reverse().join('')],
  ])('finds a value %s', (_, written) => {
    const text = hidden(`it said: ${written} (end)`, value);
    expect(text).toContain('[secret]');
    expect(text).toMatch(/^it said: .* \(end\)$/s);
    for (const part of ['nary', 'zq7', '5f1c9e', 'e9c1f5', Buffer.from('Zq7-5f1').toString('hex')])
      expect(text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')).not.toContain(part);
    expect(text.length).toBeLessThan(45);
  });

  it('finds quotes and control characters as JSON writes them', () => {
    expect(hidden(`{"a":${JSON.stringify('p@ss"w:\trd\u0001é')}}`, 'p@ss"w:\trd\u0001é')).toBe(
      '{"a":"[secret]"}',
    );
  });

  it('finds the lines of a key, and the password of an address', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n';
    expect(hidden('line 2 is hkiG9w0BAQEFAASC', key)).toBe('line 2 is [secret]');
    expect(hidden('tried s3cret/pw-9', 'postgres://app:s3cret%2Fpw-9@db/app')).toBe('tried [secret]');
  });

  it('leaves words alone that have only a part in common with a short value', () => {
    expect(hidden('port 54321, rabbit and rabbits; Rabbit', 'rabbit', '5432', 'rab')).toBe(
      'port 54321, [secret] and rabbits; Rabbit',
    );
  });

  it('takes no line of a file with a syntax for a secret, and no words for the spelling of one', () => {
    const file = '{\n  "engine": {\n    "host": "tcp://127.0.0.1:2375"\n  }\n}\n';
    const message = 'No Docker Engine answers at DOCKER_HOST=tcp://127.0.0.1:2375';
    expect(hidden(message, file, 'docker engine', 'answersat')).toBe(message);
    expect(hidden(`it said ${Buffer.from('engine').toString('hex')}`, 'engine')).toBe('it said [secret]');
  });

  it('leaves words alone that stand in every message, though some example has them as a password', () => {
    const forms = new SecretForms(['infisical', 'POSTGRES', 'letmein1']);
    const text = 'Infisical infisical postgres POSTGRES';
    expect(forms.hiddenIn(`${text} letmein1`)).toBe(`${text} [secret]`);
  });

  it('takes the longest of those that begin at a place, and joins those that overlap', () => {
    expect(hidden('abcd-1234-efgh', 'abcd-123', 'abcd-1234-e')).toBe('[secret]fgh');
    expect(hidden('xabcdefgh1ijklmnop2', 'abcdefgh1i', 'h1ijklmnop2')).toBe('x[secret]');
  });

  it('finds a value that is cut by nothing of ours', () => {
    const long = `v4lue-${'x7'.repeat(5_000)}`;
    expect(hidden(`body ${long}`, long)).toBe('body [secret]');
  });

  it('takes its time by the length of a text, not by how many values there are', () => {
    const values = Array.from({ length: 5_000 }, (_, index) => `common-beginning-${index}-of-a-value`);
    const forms = new SecretForms(values);
    const text = 'common-beginning-of-a-value common-beginning-4711-of-a-value '.repeat(5_000);
    const started = performance.now();
    expect(forms.hiddenIn(text)).not.toContain('4711');
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
