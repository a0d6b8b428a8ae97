import type { ApplicationFailure } from '@temporalio/common';
import { asFailure, InfisicalError, type InfisicalProblem } from '../../infisical/problem';

const failure = (problem: InfisicalProblem) =>
  asFailure(new InfisicalError('GET /x: 1 words', problem), 'Listing secrets') as ApplicationFailure;

describe('asFailure', () => {
  it.each<[InfisicalProblem, string]>([
    [{ kind: 'forbidden' }, 'Forbidden'],
    [{ kind: 'unauthorised' }, 'Forbidden'],
    [{ kind: 'tokenExpired' }, 'Forbidden'],
    [{ kind: 'lockedOut' }, 'Forbidden'],
    [{ kind: 'redirected' }, 'BadInput'],
    [{ kind: 'routeMissing' }, 'Refused'],
    [{ kind: 'invalid' }, 'Refused'],
  ])('ends the step on %j', (problem, type) => {
    expect(failure(problem)).toMatchObject({ type, nonRetryable: true });
    expect(failure(problem).message).toMatch(/^Listing secrets: GET \/x: 1 words/);
  });

  it('lets Temporal try again after an outage, and at the time that the server named', () => {
    expect(failure({ kind: 'unavailable', reason: 'network' })).toMatchObject({ nonRetryable: false });
    expect(failure({ kind: 'rateLimited', retryAfterSeconds: 60 })).toMatchObject({
      type: 'Unavailable',
      nonRetryable: false,
      nextRetryDelay: 60_000,
    });
  });

  it.each<InfisicalProblem>([
    { kind: 'unavailable', reason: 'network' },
    { kind: 'rateLimited', retryAfterSeconds: 60 },
  ])('says what to do should an outage outlast all tries: %j', (problem) => {
    expect(failure(problem).message).toMatch(/^Listing secrets: GET \/x: 1 words\. .*run up again/);
  });

  it.each<InfisicalProblem['kind']>(['forbidden', 'unauthorised', 'notFound', 'conflict', 'invalid'])(
    'says what to do about a final answer: %s',
    (kind) => {
      const { message } = failure({ kind } as InfisicalProblem);
      expect(message).toMatch(/^Listing secrets: GET \/x: 1 words\. .*then run up again/);
    },
  );

  it('passes everything else through', () => {
    const other = new Error('other');
    expect(asFailure(other, 'x')).toBe(other);
  });
});
