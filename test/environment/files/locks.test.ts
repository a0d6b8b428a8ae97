import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../../environment/files/locks';
import { temporaryFolder } from './temporary-folder';

it('a lock is had by one at a time and in turn, also after one that failed; waiting touches no file', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'lock');
  const done: number[] = [];
  const seen = new Set<string>();
  const work = async (index: number) => {
    await sleep(5);
    for (const name of readdirSync(folder.path)) seen.add(name);
    done.push(index);
    if (index === 3) throw new Error('this one fails');
  };
  const all = Array.from({ length: 20 }, (_, index) => withLock(path, () => work(index)));
  const ended = await Promise.allSettled(all);
  expect(done).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(ended.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([3]);
  expect([...seen]).toEqual(['lock']);
  expect(readdirSync(folder.path)).toEqual([]);
});
