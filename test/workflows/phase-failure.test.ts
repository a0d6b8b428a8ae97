import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { badInput, notReady } from '../../contracts/core/failures';
import { phaseFailure } from '../../workflows/phase-failure';

const timedOut = (type: TimeoutType, latest?: Error) => {
  const timeout = new TimeoutFailure('timed out', undefined, type);
  Object.assign(timeout, { cause: latest });
  return new ActivityFailure('failed', 'awaitInfisical', '1', RetryState.TIMEOUT, 'w', timeout);
};

describe('the failure of a run whose step did not end in time', () => {
  it.each<[string, ApplicationFailure | undefined, string]>([
    ['waited for something outside', notReady('it is not ready'), 'NotReady'],
    ['failed for good', badInput('x'), 'BadInput'],
    ['said nothing', undefined, 'Unexpected'],
  ])('is of the type of what it was waiting for: one that %s', (_what, latest, type) => {
    const failure = phaseFailure(timedOut(TimeoutType.SCHEDULE_TO_CLOSE, latest));
    expect(failure).toMatchObject({ type, nonRetryable: true });
    expect(failure.message).toContain('awaitInfisical did not end in time');
  });

  it('says that nobody took it, where that is so', () => {
    expect(phaseFailure(timedOut(TimeoutType.SCHEDULE_TO_START))).toMatchObject({
      type: 'MissingPrerequisite',
      message: expect.stringContaining('No worker took the step'),
    });
  });
});

it('says why a step failed, also where it is a step of a child', () => {
  const reason = ApplicationFailure.nonRetryable('no host edge-1 has joined', 'BadInput');
  const step = new ActivityFailure(
    'Activity task failed',
    'readHosts',
    '7',
    'NON_RETRYABLE_FAILURE',
    'me',
    reason,
  );
  const child = new ChildWorkflowFailure(
    'default',
    { workflowId: 'hosts/prod' },
    'hostPages',
    'NON_RETRYABLE_FAILURE',
    step,
  );
  for (const error of [reason, step, child])
    expect(phaseFailure(error)).toMatchObject({ message: reason.message, type: 'BadInput' });
});
