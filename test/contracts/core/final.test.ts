import type { ApplicationFailure } from '@temporalio/common';
import * as failures from '../../../contracts/core/failures';
import { asFailure, InfisicalError, look, type InfisicalProblem } from '../../../infisical/problem';
import { unreachable } from '../../../infisical/trust';
import { policies } from '../../../workflows/policies';

const { FINAL } = failures;
const url = 'https://secrets.example.com';
const lost = (code: string) => unreachable(url, Object.assign(new Error('cut off'), { code }));
const failureOf = (problem: InfisicalProblem) =>
  asFailure(new InfisicalError('GET /x', problem), 'listing') as ApplicationFailure;

describe('what no retry cures', () => {
  it.each<[keyof typeof FINAL, ApplicationFailure]>([
    ['BadInput', failures.badInput('x')],
    ['MissingPrerequisite', failures.missingPrerequisite('x')],
    ['Refused', failures.refused('x')],
    ['Forbidden', failures.forbidden('x')],
    ['PlanStale', failures.planStale('x')],
    ['DeclarationChanged', failures.declarationChanged('x')],
    ['Partial', failures.partial('x', {})],
    ['Unavailable', failures.unavailable('x')],
    ['NotReady', failures.notReady('x')],
  ])('is told by the type of the failure: %s', (type, failure) => {
    expect(failure).toMatchObject({ type, nonRetryable: FINAL[type] });
  });

  it.each<[InfisicalProblem, keyof typeof FINAL]>([
    [{ kind: 'unauthorised' }, 'Forbidden'],
    [{ kind: 'tokenExpired' }, 'Forbidden'],
    [{ kind: 'lockedOut' }, 'Forbidden'],
    [{ kind: 'forbidden' }, 'Forbidden'],
    [{ kind: 'notFound' }, 'Refused'],
    [{ kind: 'routeMissing' }, 'Refused'],
    [{ kind: 'conflict' }, 'Refused'],
    [{ kind: 'invalid' }, 'Refused'],
    [{ kind: 'unexpected' }, 'Refused'],
    [{ kind: 'redirected' }, 'BadInput'],
    [{ kind: 'unavailable', reason: 'address' }, 'MissingPrerequisite'],
    [{ kind: 'unavailable', reason: 'network' }, 'Unavailable'],
    [{ kind: 'unavailable', reason: 'deadline' }, 'Unavailable'],
    [{ kind: 'unavailable', reason: 'page' }, 'Unavailable'],
    [{ kind: 'unavailable', reason: 'server' }, 'Unavailable'],
    [{ kind: 'rateLimited', retryAfterSeconds: 1 }, 'Unavailable'],
  ])('of what Infisical answers: %j', (problem, type) => {
    expect(failureOf(problem)).toMatchObject({ type, nonRetryable: FINAL[type] });
  });

  it.each([
    ['ENOTFOUND', 'DNS does not know that name'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
    ['CERT_HAS_EXPIRED', 'not trusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'not trusted'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak https'],
    ['HPE_INVALID_CONSTANT', 'does not speak'],
  ])('of an address: %s', (code, words) => {
    expect(lost(code)).toEqual({
      reason: /CERT|VERIFY/.test(code) ? 'certificate' : 'address',
      text: expect.stringContaining(words),
    });
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'UND_ERR_SOCKET'])(
    'is not an address that may answer later: %s',
    (code) => expect(lost(code)).toEqual({ reason: 'network', text: expect.stringContaining(code) }),
  );

  it('is, for a look, an outage of ten seconds too', async () => {
    const outage = () =>
      Promise.reject(new InfisicalError('GET /x: down', { kind: 'unavailable', reason: 'server' }));
    const began = Date.now();
    await expect(look('planning', outage)).rejects.toMatchObject({
      type: 'MissingPrerequisite',
      nonRetryable: true,
      message: expect.stringContaining('planning: GET /x: down. Check that this Infisical runs'),
    });
    expect(Date.now() - began).toBeLessThan(15_000);
  });

  it.each(Object.entries(policies))('is waited for by no step without an end: %s', (_name, policy) => {
    const { scheduleToStartTimeout, startToCloseTimeout, scheduleToCloseTimeout, heartbeatTimeout } = policy;
    for (const limit of [
      scheduleToStartTimeout,
      startToCloseTimeout,
      scheduleToCloseTimeout,
      heartbeatTimeout,
    ])
      expect(limit).toMatch(/^\d+[smh]$/);
  });
});
