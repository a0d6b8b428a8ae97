import type { Duration } from '@temporalio/common';
import { onHost, policies } from '../../workflows/policies';

// @ts-expect-error durations are checked, not `any`: the path of `ms` in tsconfig.json sees to it
const notADuration: Duration = 'ten parsecs';

describe('activity policies', () => {
  it.each(Object.entries(policies))('%s bounds every try and the whole step by time', (_name, policy) => {
    expect(notADuration).toBeDefined();
    expect(policy.startToCloseTimeout).toBeDefined();
    expect(policy.scheduleToCloseTimeout).toBeDefined();
    expect(policy.retry?.maximumAttempts).toBeUndefined();
    expect(policy.cancellationType).toBe('WAIT_CANCELLATION_COMPLETED');
  });

  it('tell soon that nobody works on a host', () => {
    expect(onHost('quick').scheduleToStartTimeout).toBeDefined();
  });
});
