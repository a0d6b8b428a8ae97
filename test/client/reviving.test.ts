import { setTimeout as sleep } from 'node:timers/promises';
import { reviving } from '../../client/reviving';

const SILENCE_MS = 20;

describe('reviving', () => {
  function answerLater() {
    let [give, fail] = [(_: string) => {}, (_: Error) => {}];
    const answer = new Promise<string>((resolve, reject) => ([give, fail] = [resolve, reject]));
    return { answer, give, fail };
  }

  it('leaves a server alone that answers in time', async () => {
    const revive = jest.fn(() => Promise.resolve());
    await expect(reviving(Promise.resolve('there'), revive, SILENCE_MS)).resolves.toBe('there');
    await sleep(3 * SILENCE_MS);
    expect(revive).not.toHaveBeenCalled();
  });

  it('tries again to revive one that stays silent, until its answer comes', async () => {
    const { answer, give } = answerLater();
    let tries = 0;
    const waiting = reviving(
      answer,
      () => {
        if (++tries === 2) give('back');
        return tries === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve();
      },
      SILENCE_MS,
    );
    await expect(waiting).resolves.toBe('back');
    await sleep(3 * SILENCE_MS);
    expect(tries).toBe(2);
  });

  it('fails as the server does', async () => {
    const { answer, fail } = answerLater();
    const revive = () => Promise.resolve(fail(new Error('gone')));
    await expect(reviving(answer, revive, SILENCE_MS)).rejects.toThrow('gone');
  });
});
