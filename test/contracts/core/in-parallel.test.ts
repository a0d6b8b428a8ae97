import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../../../contracts/core/in-parallel';

describe('inParallel', () => {
  it('gives the results in the order of the items, and has no more under way than are allowed', async () => {
    let [now, most] = [0, 0];
    const doubled = await inParallel([5, 1, 4, 2, 3], 2, async (ms) => {
      most = Math.max(most, ++now);
      await sleep(ms);
      now--;
      return 2 * ms;
    });
    expect(doubled).toEqual([10, 2, 8, 4, 6]);
    expect(most).toBe(2);
    expect(await inParallel([], 2, () => Promise.reject(new Error('never')))).toEqual([]);
  });

  it('begins no more after a failure, and has ended with what it began when it rejects', async () => {
    const ended: number[] = [];
    const work = inParallel([1, 2, 3, 4], 2, async (item) => {
      if (item === 1) throw new Error('of one');
      await sleep(5);
      ended.push(item);
    });
    await expect(work).rejects.toThrow('of one');
    expect(ended).toEqual([2]);
  });
});
