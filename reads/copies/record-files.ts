import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { keyedDigest } from '../../contracts/core/keyed-digest';
import { Secret } from '../../contracts/core/secret';
import { fsyncFolder, writeFileAtomic } from '../../environment/files/atomic';
import { installationKey } from '../../environment/keys';
import { isErrno } from '../../environment/files/system';
import { readSecretFile } from '../../environment/files/state-file';
import type { Place } from './place';

/** Whose copies; they lie in one folder, so that all can be forgotten without opening one. */
export type Owner = Pick<Place, 'host' | 'identity'>;

/**
 * The files of the copies, one per place, under names that tell nothing. The key of the names is the directory's own,
 * not that of the content: so a file is found, and replaced, after that was rotated.
 */
export class RecordFiles {
  constructor(private readonly directory: string) {}

  /** The file's text; undefined where there is none. */
  async read(place: Place): Promise<string | undefined> {
    const key = await this.nameKey();
    return key && readFile(this.pathOf(place, key), 'utf8').catch(undefinedIfMissing);
  }

  /** Replaces the file, mode 0600 in a folder 0700, durably. */
  async write(place: Place, text: string): Promise<void> {
    const key = (await this.nameKey()) ?? (await installationKey(this.directory));
    await writeFileAtomic(this.pathOf(place, key), text);
  }

  async remove(place: Place): Promise<void> {
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

  private pathOf(place: Place, key: Secret): string {
    const { host, projectId, environment, path, identity } = place;
    return join(this.folderOf(place, key), digest(key, [host, projectId, environment, path, identity]));
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
