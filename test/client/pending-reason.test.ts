import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { pendingReason } from '../../client/pending-reason';

/** A workflow that has this under way, and these children. */
interface Node {
  /** What its activity's heartbeat said last, and for how many milliseconds it runs. */
  says?: [line: string, milliseconds: number];
  children?: Record<string, Node>;
}

function handleOf({ says, children = {} }: Node): WorkflowHandle {
  const activity = says && {
    lastStartedTime: { seconds: (Date.now() - says[1]) / 1_000 },
    heartbeatDetails: { payloads: [defaultPayloadConverter.toPayload(says[0])] },
  };
  const raw = {
    pendingActivities: activity === undefined ? [] : [activity],
    pendingChildren: Object.keys(children).map((workflowId) => ({ workflowId, runId: 'run' })),
  };
  const client = { getHandle: (workflowId: string) => handleOf(children[workflowId]!) };
  return { describe: () => Promise.resolve({ raw }), client } as unknown as WorkflowHandle;
}

const limit = 'Infisical limits its requests: going on in 52 s';
const pages = (page: Node): Node => ({ children: { 'hosts/dev/run': page } });

it.each([
  ['its own step', { says: [limit, 0] }, limit],
  ['nothing', { children: {} }, undefined],
  ['what is made for a host, once it takes long', pages({ says: [limit, 5_000] }), limit],
  ['nothing of what is made for a host at once', pages({ says: [limit, 100] }), undefined],
  [
    'what the first host waits for, by its name',
    pages({
      children: {
        'host/dev/edge-3': { says: [limit, 5_000] },
        'host/dev/edge-1': { says: ['reading', 100] },
        'host/dev/edge-2': { says: [limit, 5_000] },
      },
    }),
    `edge-2: ${limit}`,
  ],
] satisfies [string, Node, string | undefined][])(
  'a run is told to wait for %s',
  async (_what, run, told) => {
    const handle = handleOf(run);
    expect(await pendingReason(handle, await handle.describe())).toBe(told);
  },
);
