import type { Client, WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  failingQuery,
  failingUpdate,
  giveSignal,
  heldQuery,
  passUpdate,
  type Read,
} from './fixture-workflows';

/** What programs were answered, and what the server said on the way. */
export interface Played {
  query: Read;
  update: Read;
  memo: Record<string, Read>;
  scheduled: Read;
  failed: Error;
  failedUpdate: Error;
  failedQuery: Error;
  /** Descriptions of the run while an activity was being tried again. */
  pending: unknown;
}

/** Sends a secret every way that Temporal knows: start, child, continue-as-new, query, update, signal, memo, schedule … */
export async function playEveryWay(client: Client, taskQueue: string, read: () => Read): Promise<Played> {
  const memo = { given: read() };
  const workflowId = 'every-way';
  const handle = await client.workflow.start('everyWay', { workflowId, taskQueue, args: [undefined], memo });
  await until(async () => (await handle.query(heldQuery)) !== undefined);
  const query = (await handle.query(heldQuery)) as Read;
  const failedQuery = await failureOf(handle.query(failingQuery));
  const update = await handle.executeUpdate(passUpdate, { args: [read()] });
  const failedUpdate = await failureOf(handle.executeUpdate(failingUpdate, { args: [read()] }));
  const pending = await pendingBeat(handle);
  const described = await handle.describe();
  await handle.signal(giveSignal, read());
  const failed = await failureOf(handle.result());
  await playAgainAfterReset(client, workflowId, read);
  const scheduled = await playSchedule(client, taskQueue, read);
  await playBug(client, taskQueue, read);
  for (const type of ['openFailure', 'readableActivityFailure']) {
    await failureOf(client.workflow.execute(type, { workflowId: type, taskQueue }));
  }
  const memos = described.memo as Record<string, Read>;
  return { query, update, memo: memos, scheduled, failed, failedUpdate, failedQuery, pending };
}

async function playAgainAfterReset(client: Client, workflowId: string, read: () => Read): Promise<void> {
  const request = {
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    workflowTaskFinishEventId: 4,
    requestId: randomUUID(),
    reason: 'a reset',
  };
  // protobuf takes a number for its Long; the types know of another form of the call only
  const answer: unknown = await Promise.resolve(
    client.workflowService.resetWorkflowExecution(request as never),
  );
  const { runId } = answer as { runId: string };
  const again = client.workflow.getHandle(workflowId, runId);
  await again.signal(giveSignal, read());
  await failureOf(again.result());
}

async function playSchedule(client: Client, taskQueue: string, read: () => Read): Promise<Read> {
  const action = {
    type: 'startWorkflow',
    workflowType: 'child',
    workflowId: 'scheduled',
    taskQueue,
    args: [read()],
    memo: { ofSchedule: read() },
  } as const;
  const schedule = await client.schedule.create({ scheduleId: 'nightly', spec: {}, action });
  await schedule.trigger();
  await until(async () => (await schedule.describe()).info.recentActions.length > 0);
  return ((await schedule.describe()).action as unknown as { args: [Read] }).args[0];
}

async function playBug(client: Client, taskQueue: string, read: () => Read): Promise<void> {
  const buggy = await client.workflow.start('buggy', { workflowId: 'buggy', taskQueue, args: [read()] });
  await until(async () => {
    const { events } = await buggy.fetchHistory();
    return events?.some((event) => event.workflowTaskFailedEventAttributes) === true;
  });
  await buggy.terminate();
}

async function pendingBeat(handle: WorkflowHandle): Promise<unknown> {
  let found: unknown;
  await until(async () => {
    const { raw } = await handle.describe();
    found = raw;
    return raw.pendingActivities?.some((it) => it.lastFailure && it.heartbeatDetails?.payloads) === true;
  });
  return found;
}

function failureOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Error) => error,
  );
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await done().catch(() => false)) return;
    await sleep(50);
  }
  throw new Error('it did not come about');
}
