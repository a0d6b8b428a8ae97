import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  proxyActivities,
  setHandler,
  upsertMemo,
} from '@temporalio/workflow';
import type { Secret } from '../../../contracts/core/secret';
import type { FixtureActivities } from './fixture-activities';

export interface Read {
  name: string;
  value: Secret;
}

const activities = proxyActivities<FixtureActivities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 2, initialInterval: '1s' },
});

export const heldQuery = defineQuery<Read | undefined>('held');
export const failingQuery = defineQuery<string>('failingQuery');
export const giveSignal = defineSignal<[Read]>('give');
export const passUpdate = defineUpdate<Read, [Read]>('pass');
export const failingUpdate = defineUpdate<string, [Read]>('failingUpdate');

const shown = ({ name, value }: Read) => `${name} is ${value.reveal()}`;

/** Reads a secret, gives it away in every way that there is, and fails with it. */
export async function everyWay(given: Read | undefined): Promise<void> {
  let signalled: Read | undefined;
  let held = given;
  setHandler(heldQuery, () => held);
  setHandler(failingQuery, () => {
    throw new Error(`query: ${held === undefined ? '' : shown(held)}`);
  });
  setHandler(giveSignal, (read) => void (signalled = read));
  setHandler(passUpdate, (read) => read);
  setHandler(failingUpdate, (read) => {
    throw ApplicationFailure.nonRetryable(`update: ${shown(read)}`, 'UpdateRefused', { read });
  });
  if (held === undefined) {
    held = await activities['infisical.get_secret']({ name: 'DB_PASSWORD' });
    await continueAsNew<typeof everyWay>(held);
    return;
  }
  upsertMemo({ upserted: held });
  await executeChild(child, { args: [held], memo: { ofChild: held }, workflowId: 'child' });
  await executeChild(failingChild, { args: [held], workflowId: 'failing-child' }).catch(() => undefined);
  held = await activities.beat(held);
  await activities.failEncoded(held).catch(() => undefined);
  await activities.failWithItsOwn({ name: 'DB_PASSWORD' }).catch(() => undefined);
  await condition(() => signalled !== undefined);
  const cause = await activities.failEncoded(held).catch((error: Error) => error);
  throw ApplicationFailure.create({ message: `ended: ${shown(held)}`, type: 'Ended', cause: cause as Error });
}

export async function child(read: Read): Promise<Read> {
  return Promise.resolve({ ...read, name: `${read.name}_OF_CHILD` });
}

export async function failingChild(read: Read): Promise<void> {
  await Promise.reject(ApplicationFailure.nonRetryable(`child: ${shown(read)}`, 'ChildEnded'));
}

/** Its task fails again and again: a plain Error is a bug to Temporal. */
export async function buggy(read: Read): Promise<void> {
  await Promise.reject(new TypeError(`bug: ${encodeURIComponent(shown(read))}`));
}

/** Never has a secret: operators read why it failed. */
export async function openFailure(): Promise<void> {
  await Promise.reject(
    ApplicationFailure.nonRetryable('the disk is full', 'DiskFull', { path: '/var/lib/full' }),
  );
}

export async function readableActivityFailure(): Promise<void> {
  await activities.failOpenly();
}
