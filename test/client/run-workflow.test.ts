import { ApplicationFailure, CancelledFailure, WorkflowFailedError, type Client } from '@temporalio/client';
import { runWorkflow, type WorkflowCall } from '../../client/run-workflow';
import type { Session } from '../../client/session';
import type { Terminal } from '../../client/terminal';
import { missingPrerequisite } from '../../contracts/core/failures';

const noWorker = missingPrerequisite('No worker took the step');
const call = {
  type: 'bootstrap',
  workflowId: 'bootstrap/dev',
  taskQueue: 'queue',
  input: { environment: 'dev' },
  declaration: 'digest',
  summary: 'bring up dev',
} satisfies WorkflowCall;

/** A server on which somebody else's run with the same input is under way, and ends like this; ours ends well. */
function sessionBeside(
  end: { result: unknown } | { cause: Error },
  ours?: Promise<unknown>,
  taskQueue = call.taskQueue,
) {
  const started: string[] = [];
  const start = (_type: string, { memo }: { memo: { starter: string; input: string } }) => {
    const isJoined = started.length === 0;
    started.push(isJoined ? 'joined' : 'own');
    const joined =
      'result' in end
        ? Promise.resolve(end.result)
        : Promise.reject(new WorkflowFailedError('failed', end.cause, 'NON_RETRYABLE_FAILURE'));
    joined.catch(() => undefined);
    return Promise.resolve({
      workflowId: call.workflowId,
      describe: () =>
        Promise.resolve({
          memo: isJoined ? { ...memo, starter: 'somebody' } : memo,
          taskQueue,
          startTime: new Date(1_000),
          raw: {},
        }),
      query: () => Promise.reject(new Error('no worker')),
      result: () => (isJoined ? joined : (ours ?? Promise.resolve('own'))),
    });
  };
  const client = {
    workflow: { start },
    workflowService: { describeTaskQueue: () => Promise.resolve({ pollers: [] }) },
    options: {},
  } as unknown as Client;
  return { started, session: { client, revive: () => Promise.resolve() } as unknown as Session };
}

describe('a run that is joined', () => {
  const lines: string[] = [];
  const terminal = { progress: (line: string) => void lines.push(line) } as unknown as Terminal;
  const follow = (session: Session, detach = new AbortController().signal) =>
    runWorkflow(session, call, terminal, detach);

  it("is followed by one's own where it failed: what it failed for may be over", async () => {
    const { session, started } = sessionBeside({ cause: noWorker });
    expect(await follow(session)).toEqual({ ended: 'completed', result: 'own' });
    expect(started).toEqual(['joined', 'own']);
    expect(lines).toContain('the joined run: No worker took the step');
  });

  it.each([
    ['ended well', { result: 'joined' }, { ended: 'completed', result: 'joined' }],
    [
      'was partial',
      { cause: ApplicationFailure.create({ type: 'Partial', message: 'partly up', details: ['report'] }) },
      { ended: 'partial', result: 'report', message: 'partly up' },
    ],
    [
      'was cancelled',
      { cause: new CancelledFailure('cancelled') },
      { ended: 'failed', code: 5, message: expect.stringContaining('was cancelled') },
    ],
  ])("is one's own run too where it %s", async (_what, end, outcome) => {
    const { session, started } = sessionBeside(end);
    expect(await follow(session)).toEqual(outcome);
    expect(started).toEqual(['joined']);
  });

  it("is followed by one's own where a declared file was changed after it began", async () => {
    for (const [changedAt, runs] of [
      [999, ['joined']],
      [1_001, ['joined', 'own']],
    ] as const) {
      const { session, started } = sessionBeside({ result: 'joined' });
      const changedSince = (moment: Date) => Promise.resolve(changedAt > moment.getTime());
      await runWorkflow(session, { ...call, changedSince }, terminal, new AbortController().signal);
      expect(started).toEqual(runs);
    }
    expect(lines).toContain(
      'joined bootstrap/dev, which is under way with the same input, and may have read a file that was changed meanwhile',
    );
  });

  it('is not followed where it is of another installation, also where it began after our look', async () => {
    const { session } = sessionBeside({ result: 'joined' }, undefined, 'onex-bootstrap/dev@elsewhere');
    await expect(follow(session)).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(
        /installation elsewhere, .*workflow terminate --workflow-id bootstrap\/dev$/,
      ),
    });
  });

  it('is left at once, also where the interrupt came before it was found', async () => {
    const { session } = sessionBeside({ cause: noWorker }, new Promise(() => {}));
    expect(await follow(session, AbortSignal.abort())).toEqual({ ended: 'detached' });
  });
});
