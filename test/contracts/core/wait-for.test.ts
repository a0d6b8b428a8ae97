import { waitFor } from '../../../contracts/core/wait-for';

describe('waitFor', () => {
  it('returns the first answer that is something, also false', async () => {
    let asked = 0;
    const ask = () => (++asked === 3 ? false : undefined);
    expect(await waitFor(ask, { forMs: 5_000, everyMs: 1 })).toBe(false);
    expect(asked).toBe(3);
  });

  it('asks once where there is no time, and gives up when it has passed', async () => {
    let asked = 0;
    const ask = () => void asked++;
    expect(await waitFor(ask, { forMs: 0 })).toBeUndefined();
    expect(asked).toBe(1);
    expect(await waitFor(ask, { forMs: 20, everyMs: 1 })).toBeUndefined();
    expect(asked).toBeGreaterThan(2);
  });

  it('rejects with what the question throws, and when it is aborted', async () => {
    await expect(waitFor(() => Promise.reject(new Error('no')), { forMs: 50 })).rejects.toThrow('no');
    const signal = AbortSignal.timeout(5);
    await expect(waitFor(() => undefined, { forMs: 5_000, everyMs: 60_000, signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
