import type { Database } from '../store/database';

export interface Folder {
  id: string;
  envId: string;
  parentId: string | null;
  name: string;
  description: string | null;
  version: number;
  isReserved: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** All folders of one environment; paths are computed, never stored. */
export class FolderTree {
  readonly #children = new Map<string | null, Folder[]>();
  readonly #byId = new Map<string, Folder>();

  constructor(folders: Folder[]) {
    for (const folder of folders) this.add(folder);
  }

  add(folder: Folder): void {
    this.#byId.set(folder.id, folder);
    this.#children.set(folder.parentId, [...(this.#children.get(folder.parentId) ?? []), folder]);
  }

  get root(): Folder {
    const root = this.childrenOf(null)[0];
    if (root === undefined) throw new Error('an environment has no root folder');
    return root;
  }

  childrenOf(id: string | null): Folder[] {
    return this.#children.get(id) ?? [];
  }

  child(id: string, name: string): Folder | undefined {
    return this.childrenOf(id).find((folder) => folder.name === name);
  }

  byId(id: string): Folder | undefined {
    return this.#byId.get(id);
  }

  /** The folder at `/a/b`, a trailing slash allowed; an empty segment finds nothing, nor does no leading slash. */
  find(path: string): Folder | undefined {
    if (!path.startsWith('/')) return undefined;
    const segments = path.replace(/\/$/, '').split('/').slice(1);
    return segments.reduce<Folder | undefined>((at, name) => at && this.child(at.id, name), this.root);
  }

  pathOf(folder: Folder): string {
    if (folder.parentId === null) return '/';
    const parent = this.#byId.get(folder.parentId);
    const above = parent === undefined ? '/' : this.pathOf(parent);
    return `${above === '/' ? '' : above}/${folder.name}`;
  }

  /** The folder and everything below it. */
  below(folder: Folder): Folder[] {
    return [folder, ...this.childrenOf(folder.id).flatMap((child) => this.below(child))];
  }
}

export const loadFolders = async (db: Database, envId: string): Promise<FolderTree> =>
  new FolderTree(await db.query<Folder>`select * from folders where "envId" = ${envId} order by "createdAt"`);

/** Makes the folders of `names` one inside the other, starting below `parent`; existing ones are walked through. */
export async function makeFolders(
  db: Database,
  tree: FolderTree,
  parent: Folder,
  names: string[],
  description?: string,
): Promise<Folder> {
  let at = parent;
  for (const [index, name] of names.entries()) {
    const existing = tree.child(at.id, name);
    const text = index === names.length - 1 ? description : undefined;
    const made =
      existing ??
      (await db.one<Folder>`
      insert into folders ("envId", "parentId", name, description)
      values (${parent.envId}, ${at.id}, ${name}, ${text}) returning *`);
    if (existing === undefined) tree.add(made);
    at = made;
  }
  return at;
}

/** Serialises writers of one environment or folder within their transactions. */
export async function lock(tx: Database, id: string): Promise<void> {
  await tx.query`select pg_advisory_xact_lock(hashtextextended(${id}, 0))`;
}
