import type { Duration } from '@temporalio/common';
import { policies, tried } from '../../workflows/policies';

// @ts-expect-error durations are checked, not `any`: the path of `ms` in tsconfig.build.json sees to it
const notADuration: Duration = 'ten parsecs';

describe('activity policies', () => {
  it.each(Object.entries(policies))('%s bounds every try and the whole step by time', (_name, policy) => {
    expect(notADuration).toBeDefined();
    expect(policy.startToCloseTimeout).toBeDefined();
    expect(policy.scheduleToCloseTimeout).toBeDefined();
    expect(policy.retry?.maximumAttempts).toBeUndefined();
    expect(policy.cancellationType).toBe('WAIT_CANCELLATION_COMPLETED');
  });

  it('tell that nobody works on a host', () => {
    for (const policy of Object.values(policies)) expect(policy.scheduleToStartTimeout).toBeDefined();
  });

  it('leave a step that the workflow itself does again to it after so many tries', () => {
    const { retry, ...times } = policies.batch;
    expect(tried(policies.batch, 3)).toEqual({ ...times, retry: { ...retry, maximumAttempts: 3 } });
  });
});
