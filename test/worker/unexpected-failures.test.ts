import { CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { unavailable } from '../../contracts/core/failures';
import { UnexpectedFailures } from '../../worker/unexpected-failures';

const input = { args: [], headers: {} } as unknown as ActivityExecuteInput;
const failureOf = (thrown: unknown, attempt: number) =>
  new UnexpectedFailures({ info: { attempt } })
    .execute(input, () => Promise.reject(thrown as Error))
    .catch((error: unknown) => error);

describe('UnexpectedFailures', () => {
  it('gives up on what nobody foresaw, which is never an outage, after a few tries', async () => {
    const bug = new TypeError('x is not a function');
    expect(await failureOf(bug, 5)).toMatchObject({
      ...{ type: 'Unexpected', message: bug.message, stack: bug.stack, nonRetryable: false },
    });
    expect(await failureOf('thrown text', 6)).toMatchObject({
      ...{ type: 'Unexpected', message: 'thrown text', nonRetryable: true },
    });
  });

  it('leaves what somebody foresaw as it is', async () => {
    const aborted = Object.assign(new Error('stopped'), { name: 'AbortError' });
    for (const foreseen of [unavailable('down'), new CancelledFailure('CANCELLED'), aborted])
      expect(await failureOf(foreseen, 60)).toBe(foreseen);
  });
});
