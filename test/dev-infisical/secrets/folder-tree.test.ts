import { FolderTree, type Folder } from '../../../dev-infisical/secrets/folder-tree';

const folder = (id: string, parentId: string | null, name = id): Folder => {
  const now = new Date(0);
  const shared = {
    envId: 'e',
    description: null,
    version: 1,
    isReserved: false,
    createdAt: now,
    updatedAt: now,
  };
  return { ...shared, id, parentId, name };
};

describe('FolderTree', () => {
  const tree = new FolderTree([
    folder('r', null, 'root'),
    folder('a', 'r'),
    folder('b', 'a'),
    folder('c', 'r'),
  ]);

  it.each([
    ['/', 'r'],
    ['/a', 'a'],
    ['/a/', 'a'],
    ['/a/b', 'b'],
    ['a', undefined],
    ['//a', undefined],
    ['/a/c', undefined],
    ['', undefined],
  ])('finds %p as %p', (path, id) => {
    expect(tree.find(path)?.id).toBe(id);
  });

  it('knows the path of a folder and what is below it', () => {
    expect(tree.below(tree.root).map((each) => tree.pathOf(each))).toEqual(['/', '/a', '/a/b', '/c']);
  });
});
