import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { unavailable } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { ScrubFailures } from '../../worker/scrub-failures';

const canary = 'canary-5f1c9e';

async function failureOf(thrown: () => Error, attempt = 1): Promise<ApplicationFailure> {
  const run = () => {
    const value = new Secret(canary).reveal();
    expect(value).toBe(canary);
    return Promise.reject(thrown());
  };
  const input = { args: [], headers: {} } as unknown as ActivityExecuteInput;
  return new ScrubFailures({ info: { attempt } }).execute(input, run).then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as ApplicationFailure,
  );
}

const everything = (failure: Error): string =>
  [failure.message, failure.stack, failure.cause instanceof Error ? everything(failure.cause) : ''].join(
    '\n',
  );

describe('ScrubFailures', () => {
  it('takes values out of message, stack and cause of any error', async () => {
    const failure = await failureOf(() => new Error(`login with ${canary} failed`));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure.message).toBe('login with [secret] failed');
    expect(everything(failure)).not.toContain(canary);
  });

  it('gives up on what nobody foresaw, which is never an outage, after a few tries', async () => {
    const bug = () => new TypeError('x is not a function');
    expect(await failureOf(bug, 5)).toMatchObject({ type: 'Unexpected', nonRetryable: false });
    expect(await failureOf(bug, 6)).toMatchObject({ type: 'Unexpected', nonRetryable: true });
    expect(await failureOf(() => unavailable('down'), 60)).toMatchObject({ nonRetryable: false });
  });

  it('keeps what decides about retries', async () => {
    const cause = new Error(`body: ${canary}`);
    const failure = await failureOf(() =>
      unavailable(`no answer, ${canary}`, { retryAfterSeconds: 7, cause }),
    );
    expect(failure).toMatchObject({ type: 'Unavailable', nonRetryable: false, nextRetryDelay: 7000 });
    expect(failure.cause?.message).toBe('body: [secret]');
    expect(everything(failure)).not.toContain(canary);
  });
});
