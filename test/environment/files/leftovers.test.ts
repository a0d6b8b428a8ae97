import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeLeftovers } from '../../../environment/files/leftovers';
import { temporaryFolder } from './temporary-folder';

const dead = spawnSync(process.execPath, ['--version']).pid;

describe('removeLeftovers', () => {
  it('removes temporary files and locks of killed processes, however young, and leaves those of living ones', async () => {
    await using folder = await temporaryFolder();
    const inner = join(folder.path, 'dev');
    await mkdir(inner);
    const ours = [
      'admin.json',
      `.admin.json.${process.pid}-0123456789ab.tmp`,
      'held.lock',
      `held.lock.${process.pid}-${randomUUID()}`,
    ];
    const theirs = [
      `.admin.json.${dead}-0123456789ab.tmp`,
      'start.lock',
      `start.lock.${dead}-${randomUUID()}`,
    ];
    for (const name of ours) await writeFile(join(inner, name), `${process.pid} ${randomUUID()}`);
    for (const name of theirs) await writeFile(join(inner, name), `${dead} ${randomUUID()}`);
    await removeLeftovers(folder.path);
    expect((await readdir(inner)).sort()).toEqual(ours.sort());
  });
});
