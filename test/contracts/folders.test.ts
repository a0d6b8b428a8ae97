import { folderNames, readingFolders, resolveFolder } from '../../contracts/folders';

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

describe('readingFolders', () => {
  const folders = folderNames({ database: 'db' });
  const registry = { identityDefaults: new Set(['OWN']) };
  const host = { key: 'HOST', transport: 'database' } as const;
  const token = { key: 'TOKEN', transport: 'runtime' } as const;

  it("looks in the service's folder, the machine class and the shared folder", () => {
    const foldersOf = readingFolders({ folders, registry, machineClass: 'laptop' });
    const expected = ['/services/shop/db', '/machine-class/laptop', '/shared/db'];
    expect(foldersOf(host, 'shop')).toEqual(expected);
    expect(foldersOf(host, 'shop')).toBe(foldersOf(host, 'shop'));
    expect(foldersOf(token, undefined)).toEqual(['/machine-class/laptop', '/shared/env']);
    expect(foldersOf({ key: 'OWN', transport: 'runtime' }, 'shop')).toEqual(['/services/shop/env']);
  });

  it('looks nowhere for the credentials of Infisical itself', () =>
    expect(
      readingFolders({ folders, registry })({ key: 'INFISICAL_ADDR', transport: 'infisical' }, 'shop'),
    ).toEqual([]));
});

describe('resolveFolder', () => {
  it('follows overrides, and leaves folders of no transport as they are', () => {
    const folders = folderNames({ database: 'db' });
    expect(['postgresql', 'auth', 'env'].map((raw) => resolveFolder(raw, folders))).toEqual([
      'db',
      'auth',
      'env',
    ]);
  });
});
