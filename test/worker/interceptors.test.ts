import { CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { inspect } from 'node:util';
import { wordsOf } from '../../contracts/core/foreign-words';
import { unavailable } from '../../contracts/core/failures';
import { InfisicalError } from '../../infisical/problem';
import { unexpectedFailures } from '../../worker/interceptors';

const input = { args: [], headers: {} } as unknown as ActivityExecuteInput;
const failureOf = (thrown: unknown, attempt: number) =>
  unexpectedFailures({ info: { attempt, activityType: 'planSeed' } })
    .execute(input, () => Promise.reject(thrown as Error))
    .catch((error: unknown) => error);

describe('UnexpectedFailures', () => {
  it('gives up on what nobody foresaw, which is never an outage, after a few tries', async () => {
    const bug = new TypeError('x is not a function');
    expect(await failureOf(bug, 5)).toMatchObject({
      type: 'Unexpected',
      message: 'The step planSeed failed in a way that is not foreseen (TypeError). If it lasts, report it.',
      nonRetryable: false,
    });
    expect(await failureOf('thrown text', 6)).toMatchObject({ type: 'Unexpected', nonRetryable: true });
  });

  it('tells neither what it said nor where that stands in its stack, and passes it on', async () => {
    const foreign = new Error('body was:\n    at c@nary-5f1c9e (x.js:1:2)');
    const failure = (await failureOf(foreign, 1)) as Error;
    expect(inspect(failure, { showHidden: true })).not.toContain('c@nary');
    expect(failure.stack).toMatch(/^ +at .*interceptors/);
    expect(wordsOf(failure)).toMatchObject([{ text: expect.stringContaining('body was:') }]);
  });

  it('says of an answer of Infisical that no step foresaw what it means', async () => {
    const down = new InfisicalError('no connection', { kind: 'unavailable', reason: 'network' });
    expect(await failureOf(down, 6)).toMatchObject({
      type: 'Unavailable',
      message: expect.stringContaining('the step planSeed: no connection'),
    });
  });

  it('leaves what somebody foresaw as it is', async () => {
    const aborted = Object.assign(new Error('stopped'), { name: 'AbortError' });
    for (const foreseen of [unavailable('down'), new CancelledFailure('CANCELLED'), aborted])
      expect(await failureOf(foreseen, 60)).toBe(foreseen);
  });
});
