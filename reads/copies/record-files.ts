import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { keyedDigest } from '../../contracts/core/keyed-digest';
import { Secret } from '../../contracts/core/secret';
import type { SecretPlace } from '../../contracts/reads/read-request';
import { fsyncFolder, writeFileAtomic } from '../../environment/files/atomic';
import { readSecretFile } from '../../environment/files/state-file';
import { isErrno } from '../../environment/files/system';
import { installationKey } from '../../environment/keys';

/** What a copy belongs to. A copy of one place is never opened for another. */
export interface CopyPlace extends SecretPlace {
  /** The address of the Infisical, without a trailing slash. */
  host: string;
  /** The client id of the machine identity that read it. */
  identity: string;
}

/** How it was read, where that was said: a value with references expanded is another one. */
export const reading = ({ expand }: CopyPlace): string[] =>
  expand === undefined ? [] : [expand ? 'expanded' : 'as written'];

/** A place as messages name it; no key names, no identity. */
export function describePlace({ host, environment, path }: CopyPlace): string {
  return `${environment}:${path} of ${host}`;
}

/** Whose copies; they lie in one folder, so that all can be forgotten without opening one. */
export type Owner = Pick<CopyPlace, 'host' | 'identity'>;

/**
 * The files of the copies, one per place, under names that tell nothing. The key of the names is the directory's own,
 * not that of the content: so a file is found, and replaced, after that was rotated.
 */
export class RecordFiles {
  constructor(private readonly directory: string) {}

  /** The file's text; undefined where there is none. */
  async read(place: CopyPlace): Promise<string | undefined> {
    const key = await this.nameKey();
    return key && readFile(this.pathOf(place, key), 'utf8').catch(undefinedIfMissing);
  }

  /** Replaces the file, mode 0600 in a folder 0700, durably. */
  async write(place: CopyPlace, text: string): Promise<void> {
    const key = (await this.nameKey()) ?? (await installationKey(this.directory));
    await writeFileAtomic(this.pathOf(place, key), text);
  }

  async remove(place: CopyPlace): Promise<void> {
    const key = await this.nameKey();
    if (key) await removeDurably(this.pathOf(place, key));
  }

  async removeAll(owner: Owner): Promise<void> {
    const key = await this.nameKey();
    if (key) await removeDurably(this.folderOf(owner, key));
  }

  private nameKey(): Promise<Secret | undefined> {
    return readSecretFile(join(this.directory, 'digest-key'));
  }

  private folderOf({ host, identity }: Owner, key: Secret): string {
    return join(this.directory, digest(key, [host, identity]));
  }

  private pathOf(place: CopyPlace, key: Secret): string {
    const { host, projectId, environment, path, identity } = place;
    return join(
      this.folderOf(place, key),
      digest(key, [host, projectId, environment, path, identity, ...reading(place)]),
    );
  }
}

const digest = (key: Secret, fields: string[]) => keyedDigest(key, new Secret(JSON.stringify(fields)));

async function removeDurably(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await fsyncFolder(dirname(path)).catch(undefinedIfMissing);
}

function undefinedIfMissing(error: unknown): undefined {
  if (!isErrno(error, 'ENOENT')) throw error;
}

const lastOf = new Map<string, Promise<unknown>>();

/** Runs `work` after all earlier work of the same `name` in this process has ended, well or not. */
export async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const mine = (lastOf.get(name) ?? Promise.resolve()).then(work, work);
  lastOf.set(name, mine);
  try {
    return await mine;
  } finally {
    if (lastOf.get(name) === mine) lastOf.delete(name);
  }
}
