import { folderPath, locate } from '../../../contracts/reads/secret-place';

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
