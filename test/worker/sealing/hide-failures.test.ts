import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { inspect } from 'node:util';
import { unavailable } from '../../../contracts/core/failures';
import { Secret } from '../../../contracts/core/secret';
import { HideFailures, type Hiding } from '../../../worker/sealing/hide-failures';
import { sealedText } from '../../../worker/sealing/sealed-text';

const canary = 'c@nary/5f1c9e';
const own = () => new Secret(canary).reveal();

interface Given {
  args?: unknown[];
  heartbeatDetails?: unknown;
  codec?: Hiding['codec'];
  shown?: Hiding['shown'];
  cancelled?: boolean;
}

async function thrownBy(work: () => unknown, given: Given = {}): Promise<unknown> {
  const { args = [], heartbeatDetails, codec = 'ready', shown = 'seal', cancelled = false } = given;
  const cancellationSignal = cancelled ? AbortSignal.abort() : new AbortController().signal;
  const hide = new HideFailures({ cancellationSignal, info: { heartbeatDetails } }, { codec, shown });
  const input = { args, headers: {} } as unknown as ActivityExecuteInput;
  const failing = async () => {
    throw await work();
  };
  return hide.execute(input, failing).catch((error: unknown) => error);
}

const textOf = (error: unknown) => sealedText(error)?.message.reveal();

describe('HideFailures', () => {
  it('passes on what shows nothing', async () => {
    const error = unavailable('no route to host', { cause: new Error('ECONNREFUSED') });
    expect(await thrownBy(() => (own(), error))).toBe(error);
    expect(await thrownBy(() => error, { args: [{ name: 'N' }, 1, null] })).toBe(error);
  });

  it.each([
    ['as it is', canary],
    ['as URLs write it', encodeURIComponent(canary)],
    ['as base64', Buffer.from(canary).toString('base64')],
  ])('seals a message that shows a secret of the activity %s', async (_, written) => {
    const error = await thrownBy(() => (own(), new RangeError(`postgres://app:${written}@db`)));
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(error).toMatchObject({ type: 'RangeError', message: expect.stringMatching(/^Sealed failure/) });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(written);
    expect(textOf(error)).toBe(`postgres://app:${written}@db`);
  });

  it('seals where only a cause or the details show it', async () => {
    const cause = new Error('outer', { cause: new Error(`deep: ${own()}`) });
    const byCause = (await thrownBy(
      () => (own(), ApplicationFailure.create({ message: 'down', cause })),
    )) as Error;
    expect(textOf((byCause.cause as Error).cause)).toBe(`deep: ${canary}`);
    const detailed = ApplicationFailure.create({ message: 'down', details: [{ at: 1, body: canary }] });
    const byDetails = (await thrownBy(() => (own(), detailed))) as ApplicationFailure;
    expect(byDetails.details).toMatchObject([{ at: 1 }]);
    expect(inspect(byDetails, { depth: 10 })).not.toContain(canary);
  });

  it('seals whatever an activity throws that was given a Secret', async () => {
    for (const given of [
      { args: [{ list: [new Secret(canary)] }] },
      { heartbeatDetails: new Secret(canary) },
    ]) {
      expect(textOf(await thrownBy(() => new Error('of unknown form'), given))).toBe('of unknown form');
      expect(textOf(await thrownBy(() => 'text', given))).toBe('text');
    }
  });

  it('keeps what decides about retries, and no request that hangs on an error', async () => {
    const error = Object.assign(
      unavailable('down', { retryAfterSeconds: 7, cause: Object.assign(new Error('x'), { body: canary }) }),
      { config: { headers: canary } },
    );
    const failure = await thrownBy(() => error, { args: [new Secret(canary)] });
    expect(failure).toMatchObject({ type: 'Unavailable', nonRetryable: false, nextRetryDelay: 7000 });
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(canary);
  });

  it('seals once, however often it is installed', async () => {
    const given = { args: [new Secret(canary)] };
    const first = await thrownBy(() => new Error('of unknown form'), given);
    expect(await thrownBy(() => first, given)).toBe(first);
  });

  it('puts [secret] where a secret of the activity is shown, in a worker that scrubs', async () => {
    const cause = Object.assign(new Error(`body: ${canary}`), { config: { headers: canary } });
    const error = ApplicationFailure.create({
      ...{ type: 'Unavailable', message: `no answer, ${canary}`, nextRetryDelay: 7000, cause },
      details: [{ at: 1, body: canary }],
    });
    for (const codec of ['ready', 'no key'] as const) {
      const failure = await thrownBy(() => (own(), error), { shown: 'scrub', codec });
      expect(failure).toMatchObject({
        ...{ type: 'Unavailable', nonRetryable: false, nextRetryDelay: 7000 },
        ...{ message: 'no answer, [secret]', details: [{ at: 1, body: '[secret]' }] },
        cause: { message: 'body: [secret]' },
      });
      expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(canary);
    }
  });

  it('seals there too what was given a Secret, and makes no long message', async () => {
    const given: Given = { args: [new Secret(canary)], shown: 'scrub' };
    expect(textOf(await thrownBy(() => new Error('of unknown form'), given))).toBe('of unknown form');
    const long = await thrownBy(() => new Error('x'.repeat(5000)), { shown: 'scrub' });
    expect((long as Error).message).toHaveLength(4000);
  });

  it('lets cancellations and asynchronous ends pass, without a value', async () => {
    const asynchronous = new CompleteAsyncError();
    expect(await thrownBy(() => asynchronous, { args: [new Secret(canary)] })).toBe(asynchronous);
    const cancelled = new CancelledFailure('CANCELLED');
    expect(await thrownBy(() => cancelled, { args: [new Secret(canary)], cancelled: true })).toBe(cancelled);
    const telling = await thrownBy(() => new CancelledFailure(own()), { cancelled: true });
    expect(telling).toBeInstanceOf(CancelledFailure);
    expect((telling as Error).message).toBe('Cancelled');
  });

  it('withholds the text where no key can seal it, and what the codec would refuse', async () => {
    const given: Given = { args: [new Secret(canary)], codec: 'no key' };
    const withheld = await thrownBy(() => unavailable('of unknown form', { retryAfterSeconds: 7 }), given);
    expect(withheld).toMatchObject({
      type: 'Unavailable',
      nextRetryDelay: 7000,
      message: expect.stringContaining('ONEX_CODEC_KEY_FILE'),
    });
    expect(sealedText(withheld)).toBeUndefined();
    const detailed = ApplicationFailure.create({ message: 'down', details: [new Secret(canary)] });
    const cause = await thrownBy(() => new Error('outer', { cause: detailed }), { codec: 'no key' });
    expect(cause).toMatchObject({ message: expect.stringContaining('Withheld') });
    expect(cause).not.toHaveProperty('cause.details');
  });
});
