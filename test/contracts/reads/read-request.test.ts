import {
  envelopeSchema,
  folderPath,
  getSecretSchema,
  getSecretsBatchSchema,
  locate,
} from '../../../contracts/reads/read-request';

describe('a request', () => {
  it.each(['KEY', '/KEY', '/shared/kafka/KEY', 'dotted.name', 'with space', 'Ключ'])(
    'may name %j',
    (secret_name) => expect(getSecretSchema.safeParse({ secret_name }).success).toBe(true),
  );

  it.each(['', '/', 'a/b/', '/shared//KEY', 'two\nlines', ' KEY', 'KEY ', 'nul\u0000'])(
    'may not name %j',
    (secret_name) => expect(getSecretSchema.safeParse({ secret_name }).success).toBe(false),
  );

  it.each([
    ['an unknown field', { secret_name: 'KEY', secret_nme: 'x' }],
    ['a number for a name', { secret_name: 1 }],
    ['a folder of two lines', { secret_name: 'KEY', secret_path: '/a\n/b' }],
  ])('with %s is refused', (_, request) => expect(getSecretSchema.safeParse(request).success).toBe(false));

  it('may ask for nothing in a batch, and not for thousands', () => {
    expect(getSecretsBatchSchema.safeParse({ secret_names: [] }).success).toBe(true);
    const many = Array.from({ length: 1_001 }, (_, at) => `KEY_${at}`);
    expect(getSecretsBatchSchema.safeParse({ secret_names: many }).success).toBe(false);
  });

  it('may not ask for an operation that writes', () =>
    expect(envelopeSchema.safeParse({ operation: 'infisical.set_secret' }).success).toBe(false));
});

describe('folderPath', () => {
  it.each([
    ['', '/'],
    ['/', '/'],
    ['shared/kafka', '/shared/kafka'],
    ['/shared/kafka/', '/shared/kafka'],
    ['//shared//kafka', '/shared/kafka'],
  ])('writes %j as servers want it: %s', (given, path) => expect(folderPath(given)).toBe(path));
});

describe('locate', () => {
  it('looks in the given folder for a bare name', () =>
    expect(locate('KEY', '/shared/kafka')).toEqual({ path: '/shared/kafka', key: 'KEY' }));

  it.each([
    ['/shared/kafka/KEY', '/shared/kafka'],
    ['/KEY', '/'],
  ])('takes the folder that %s names', (name, path) =>
    expect(locate(name, '/elsewhere')).toEqual({ path, key: 'KEY' }),
  );
});
