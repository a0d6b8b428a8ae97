import { serverOf } from '../environment/current-writer';
import { holderAtWork } from '../environment/lease';
import { refused } from '../contracts/core/failures';
import { bootstrapWorkflowId } from '../contracts/core/names';
import type { Settings } from '../contracts/settings/settings';
import type { CommandContext } from './command-context';
import { openRunningSession, type Session } from './session';

const WAITING = 'waiting for a sign of life of the run that changed it last';

/**
 * Refuses while a bootstrap of the environment is under way, on this Temporal server or by its lease on another. Answers
 * whether no other run needs this server, too.
 */
export async function refuseWhileRunning(
  { config, terminal }: CommandContext,
  { environment, stateDir }: Settings,
): Promise<boolean> {
  const session = await openRunningSession(config);
  try {
    const idle = session === undefined || (await isIdle(session, environment));
    const server = session === undefined ? undefined : await serverOf(session.client);
    const holder = await holderAtWork(stateDir, {
      ended: (writer) => writer.server === server, // that one was asked
      onWait: () => terminal.progress(WAITING),
    });
    if (holder !== undefined) throw underWay(holder.workflowId, holder.address);
    return idle;
  } finally {
    await session?.client.connection.close();
  }
}

async function isIdle({ client, server }: Session, environment: string): Promise<boolean> {
  const workflowId = bootstrapWorkflowId(environment);
  const state = await client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      ({ status }) => status.name,
      () => 'NOT_FOUND',
    );
  if (state === 'RUNNING') throw underWay(workflowId, String(server.connect.connectionOptions.address));
  return (await client.workflow.count(`ExecutionStatus = 'Running'`)).count === 0;
}

function underWay(workflowId: string, address: string) {
  const flags = `--workflow-id ${workflowId} --address ${address}`;
  return refused(
    `${workflowId} is under way and would bring everything up again. End it first:\n` +
      `  temporal workflow cancel ${flags}      (its worker cleans up)\n` +
      `  temporal workflow terminate ${flags}   (where no worker runs)`,
  );
}
