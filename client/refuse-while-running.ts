import { holderAtWork } from '../environment/lease';
import { refused } from '../contracts/core/failures';
import { bootstrapWorkflowId } from '../contracts/core/names';
import type { CommandContext } from './command-context';
import { namespaceId } from '../worker/start-workers';
import { openRunningSession, type Session } from './session';

const WAITING = 'checking for up to 15 s whether the run that changed it last is still at work';

/**
 * Refuses while a bootstrap of the environment is under way, on this Temporal server or by its lease on another. Answers
 * whether no other run needs this server, too.
 */
export async function refuseWhileRunning(
  { config, terminal }: CommandContext,
  { environment, stateDir }: { environment: string; stateDir: string },
): Promise<boolean> {
  const session = await openRunningSession(config);
  try {
    const idle = session === undefined || (await isIdle(session, environment));
    const server = session === undefined ? undefined : await namespaceId(session.client);
    const holder = await holderAtWork(stateDir, {
      ended: (writer) => writer.server === server, // that one was asked
      onWait: () => terminal.progress(WAITING),
    });
    if (holder !== undefined) throw underWay(holder.workflowId);
    return idle;
  } finally {
    await session?.client.connection.close();
  }
}

async function isIdle({ client }: Session, environment: string): Promise<boolean> {
  const workflowId = bootstrapWorkflowId(environment);
  const state = await client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      ({ status }) => status.name,
      () => 'NOT_FOUND',
    );
  if (state === 'RUNNING') throw underWay(workflowId);
  return nothingRuns(client);
}

/** Whether nobody needs the embedded server: no run is under way there, or it does not run itself. */
export async function isServerIdle({ config }: CommandContext): Promise<boolean> {
  const session = await openRunningSession(config);
  if (session === undefined) return true;
  return nothingRuns(session.client).finally(() => session.client.connection.close());
}

const nothingRuns = async ({ workflow }: Session['client']) =>
  (await workflow.count(`ExecutionStatus = 'Running'`)).count === 0;

function underWay(workflowId: string) {
  return refused(
    `${workflowId} is under way and would bring everything up again. End it first:\n` +
      `  onex-bootstrap temporal workflow cancel --workflow-id ${workflowId}      (its worker cleans up)\n` +
      `  onex-bootstrap temporal workflow terminate --workflow-id ${workflowId}   (where no worker runs)`,
  );
}
