import { folderNames } from '../../../contracts/transports/folder-names';
import { requirementFolder } from '../../../contracts/transports/requirement-folder';
import { resolveFolder } from '../../../contracts/transports/resolve-folder';

describe('folderNames', () => {
  it('calls the database folder database, or as configured, by any name of the transport', () => {
    expect(folderNames().database).toBe('database');
    expect(folderNames({ postgres: 'db' }).database).toBe('db');
  });

  it('refuses unknown transports, unusable names and names that are taken', () => {
    expect(() => folderNames({ consul: 'x' })).toThrow('"consul": there is no such transport');
    expect(() => folderNames({ kafka: 'a/b' })).toThrow('only letters, digits');
    expect(() => folderNames({ kafka: 'http' })).toThrow('cannot serve both http and kafka');
    expect(() => folderNames({ kafka: 'env' })).toThrow('environment dependencies');
  });
});

describe('folders of requirements and registries', () => {
  it('keeps environment dependencies in env and follows overrides elsewhere', () => {
    const folders = folderNames({ database: 'db' });
    expect(requirementFolder('runtime', folders)).toBe('env');
    expect(requirementFolder('database', folders)).toBe('db');
    expect(['postgresql', 'auth', 'env'].map((raw) => resolveFolder(raw, folders))).toEqual([
      'db',
      'auth',
      'env',
    ]);
  });
});
