import type { Client, WorkflowHandle } from '@temporalio/client';
import { bootstrapWorkflowId } from '../../contracts/core/names';
import { QUEUE } from './fake-activities';

interface Start {
  type?: string;
  workflowId?: string;
  input?: unknown;
  taskQueue?: string;
}

/** Starts a run of the environment `test` as `up` does; a hung one ends by itself. */
export const startRun = (client: Client, { type = 'bootstrap', ...options }: Start = {}) =>
  client.workflow.start(type, {
    workflowId: options.workflowId ?? bootstrapWorkflowId('test'),
    taskQueue: options.taskQueue ?? QUEUE,
    args: options.input === undefined ? [] : [options.input],
    workflowRunTimeout: '60s',
  });

/** What whoever looks is told of a run, also after its end. */
export async function toldOf(handle: WorkflowHandle) {
  const { memo, searchAttributes, status } = await handle.describe();
  return { memo: memo ?? {}, outcome: searchAttributes['BootstrapOutcome']?.[0], status: status.name };
}

/** All that the server keeps of every run, payloads as they are. */
export async function everyHistory(client: Client): Promise<string> {
  const texts: string[] = [];
  const plain = (_key: string, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
  for await (const { workflowId, runId } of client.workflow.list()) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    texts.push(JSON.stringify(events, plain));
  }
  return texts.join('');
}

interface Payload {
  data?: Uint8Array | null;
}

/** What a history holds: its steps in order, as they were scheduled, who took them, and every payload in it. */
export async function historyOf(handle: WorkflowHandle) {
  const { events } = await handle.fetchHistory();
  const steps = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    const name = scheduled?.activityType?.name;
    if (name === undefined || name === null) return [];
    const service =
      name === 'ensureService' || name === 'startRuntime' ? ` ${text(scheduled?.input?.payloads?.[1])}` : '';
    return [`${name}${service}`];
  });
  const queues = new Map(
    events?.map(({ eventId, activityTaskScheduledEventAttributes: scheduled }) => [
      String(eventId),
      scheduled?.taskQueue?.name ?? '',
    ]),
  );
  const takers = (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started
      ? [{ queue: queues.get(String(started.scheduledEventId)) ?? '', by: started.identity ?? '' }]
      : [],
  );
  return { steps, takers, events: events?.length ?? 0, payloads: payloadsIn(events) };
}

const text = (payload: Payload | undefined) =>
  payload === undefined ? '' : (JSON.parse(Buffer.from(payload.data ?? []).toString()) as string);

function payloadsIn(value: unknown): Buffer[] {
  if (typeof value !== 'object' || value === null) return [];
  const { data } = value as Payload;
  if (data instanceof Uint8Array) return [Buffer.from(data)];
  return Object.values(value).flatMap(payloadsIn);
}
