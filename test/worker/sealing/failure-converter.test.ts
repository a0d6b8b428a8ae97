import { ActivityFailure, ApplicationFailure, TemporalFailure, type ProtoFailure } from '@temporalio/common';
import { inspect } from 'node:util';
import { Secret } from '../../../contracts/core/secret';
import { failureConverter } from '../../../worker/sealing/failure-converter';
import { payloadConverter } from '../../../worker/sealing/payload-converter';
import { sealError, sealedText } from '../../../worker/sealing/sealed-text';

const canary = 'canary-5f1c9e';
const toFailure = (error: unknown) => failureConverter.errorToFailure(error, payloadConverter);
const toError = (failure: ProtoFailure) => failureConverter.failureToError(failure, payloadConverter);

function sealedError(): ApplicationFailure {
  const error = ApplicationFailure.create({
    message: `login with ${canary}`,
    type: 'Unavailable',
    nextRetryDelay: 7000,
    category: 'BENIGN',
    details: [{ path: '/shared', value: new Secret(canary) }],
    cause: new Error(`body: ${canary}`, { cause: new Error(`deeper: ${canary}`) }),
  });
  sealError(error);
  return error;
}

/** What is readable of a failure: all but the payloads, which the codec seals. */
function readable(failure: ProtoFailure | null | undefined): string {
  if (!failure) return '';
  const { message, stackTrace, cause, applicationFailureInfo } = failure;
  return [message, stackTrace, applicationFailureInfo?.type, readable(cause)].join('\n');
}

// That a workflow's own failures are sealed, the canary shows: it needs the sandbox.
describe('failureConverter', () => {
  it('leaves failures readable that nobody has branded', () => {
    const failure = toFailure(ApplicationFailure.nonRetryable('the disk is full', 'DiskFull'));
    expect(failure).toMatchObject({
      message: 'the disk is full',
      applicationFailureInfo: { type: 'DiskFull' },
    });
    expect(failure.encodedAttributes).toBeUndefined();
    expect(toFailure('thrown text').message).toContain('thrown text');
  });

  it('moves the text of branded ones into Secrets, at every depth, and keeps what decides about retries', () => {
    const failure = toFailure(sealedError());
    expect(readable(failure)).not.toContain(canary);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/^Sealed failure/),
      stackTrace: '',
      cause: {
        message: expect.stringMatching(/^Sealed/),
        cause: { message: expect.stringMatching(/^Sealed/) },
      },
      applicationFailureInfo: { type: 'Unavailable', nonRetryable: false, nextRetryDelay: expect.anything() },
    });
    expect(failure.encodedAttributes?.metadata?.['onex-secret']).toEqual(Buffer.from('plain'));
    expect(failure.applicationFailureInfo?.details?.payloads?.[0]?.metadata).toHaveProperty('onex-secret');
  });

  it('gives the text to programs that ask for it, and to no log', () => {
    const error = toError(toFailure(sealedError()));
    expect(sealedText(error)?.message.reveal()).toBe(`login with ${canary}`);
    expect(sealedText(error)?.stack_trace.reveal()).toContain(`login with ${canary}`);
    expect(sealedText(error.cause)?.message.reveal()).toBe(`body: ${canary}`);
    expect(inspect(error, { depth: 10 })).not.toContain(canary);
    expect(JSON.stringify(error)).not.toContain(Buffer.from(canary).toString('base64').slice(0, 12));
    expect(Object.keys(error)).not.toContain('failure');
  });

  it('seals what arrived sealed again, thrown on as it is or as a cause', () => {
    const arrived = toError(toFailure(sealedError()));
    expect(readable(toFailure(arrived))).not.toContain(canary);
    expect(toFailure(arrived).encodedAttributes).toBeDefined();
    const wrapped = toFailure(ApplicationFailure.create({ message: 'outer', cause: arrived }));
    expect(wrapped.message).toBe('outer');
    expect(readable(wrapped)).not.toContain(canary);
    expect(sealedText(toError(wrapped).cause)?.message.reveal()).toBe(`login with ${canary}`);
  });

  it('leaves what arrived readable as it is', () => {
    const failure: ProtoFailure = {
      message: 'Activity task failed',
      activityFailureInfo: { activityType: { name: 'a' }, activityId: '1' },
      cause: toFailure(new Error('no route to host')),
    };
    const error = toError(failure);
    expect(error).toBeInstanceOf(ActivityFailure);
    expect(toFailure(error)).toEqual(failure);
  });

  it('takes over what other SDKs have encoded in their way', () => {
    const encodedAttributes = payloadConverter.toPayload({ message: 'theirs', stack_trace: 'at x' });
    const error = toError({ message: 'Encoded failure', encodedAttributes, applicationFailureInfo: {} });
    expect(error).toBeInstanceOf(TemporalFailure);
    expect(error.message).toBe('theirs');
  });
});
