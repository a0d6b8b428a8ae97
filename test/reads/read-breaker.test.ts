import { setTimeout as sleep } from 'node:timers/promises';
import { InfisicalError, type InfisicalProblem } from '../../infisical/problem';
import { BreakerOpen, ReadBreaker } from '../../reads/read-breaker';

const failing = (problem: InfisicalProblem) => () => Promise.reject(new InfisicalError('no', problem));
const outage = failing({ kind: 'unavailable', reason: 'network' });
const breakerOf = (changes = {}) =>
  new ReadBreaker({ enabled: true, threshold: 3, resetSeconds: 60, ...changes });
const outcomeOf = (breaker: ReadBreaker, work: () => Promise<unknown>) =>
  breaker.run(work).then(
    () => 'done',
    (error: Error) => error.name,
  );

/** A clock that stands until it is told that seconds have passed. */
function clock() {
  let now = Date.now();
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  return (seconds: number) => void (now += seconds * 1_000);
}

describe('ReadBreaker', () => {
  afterEach(() => jest.restoreAllMocks());

  it('opens after so many outages in a row and then sends nothing', async () => {
    const breaker = breakerOf();
    for (let time = 0; time < 3; time++) expect(await outcomeOf(breaker, outage)).toBe('InfisicalError');
    let sent = 0;
    const work = () => Promise.resolve((sent += 1));
    await expect(breaker.run(work)).rejects.toBeInstanceOf(BreakerOpen);
    expect([breaker.state, breaker.retryAfterSeconds, sent]).toEqual(['open', 60, 0]);
  });

  it('counts anew after a success', async () => {
    const breaker = breakerOf();
    for (const work of [outage, outage, () => Promise.resolve(), outage, outage])
      await outcomeOf(breaker, work);
    expect(breaker.state).toBe('closed');
  });

  it.each([['notFound'], ['forbidden'], ['unauthorised'], ['invalid'], ['rateLimited']] as const)(
    'does not take an answer for an outage: %s',
    async (kind) => {
      const breaker = breakerOf();
      const answer = failing(kind === 'rateLimited' ? { kind, retryAfterSeconds: 1 } : { kind });
      for (let time = 0; time < 5; time++) await outcomeOf(breaker, answer);
      expect(breaker.state).toBe('closed');
    },
  );

  it('sends one trial after the reset time, while the others wait for its end', async () => {
    const later = clock();
    const breaker = breakerOf();
    for (let time = 0; time < 3; time++) await outcomeOf(breaker, outage);
    later(61);
    expect(breaker.state).toBe('half-open');
    let running = 0;
    let most = 0;
    let trial = true;
    const work = async () => {
      most = trial ? Math.max(most, ++running) : most;
      await sleep(20);
      running -= 1;
      trial = false;
    };
    const ends = await Promise.all([1, 2, 3, 4].map(() => outcomeOf(breaker, work)));
    expect({ ends, most }).toEqual({ ends: ['done', 'done', 'done', 'done'], most: 1 });
    expect(breaker.state).toBe('closed');
  });

  it('is open again for the whole time when the trial fails', async () => {
    const later = clock();
    const breaker = breakerOf();
    for (let time = 0; time < 3; time++) await outcomeOf(breaker, outage);
    later(61);
    expect(await outcomeOf(breaker, outage)).toBe('InfisicalError');
    later(59);
    expect([breaker.state, await outcomeOf(breaker, outage)]).toEqual(['open', 'BreakerOpen']);
  });

  it('never opens when it is turned off', async () => {
    const breaker = breakerOf({ enabled: false });
    for (let time = 0; time < 9; time++) expect(await outcomeOf(breaker, outage)).toBe('InfisicalError');
    expect(breaker.state).toBe('closed');
  });
});
