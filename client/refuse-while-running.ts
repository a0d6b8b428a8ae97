import { holderAtWork } from '../environment/lease';
import { installationOfRun } from '../environment/namespace-owner';
import { refused } from '../contracts/core/failures';
import type { CommandContext } from './command-context';
import { namespaceId } from '../worker/start-workers';
import { openRunningSession, type Session } from './session';

const WAITING = 'checking for up to 15 s whether the run that changed it last is still at work';

/** Refuses while a bootstrap of the environment is under way, on this Temporal server or by its lease on another. */
export async function refuseWhileRunning(
  { config, host, terminal }: CommandContext,
  { lock, stateDir }: { lock: string; stateDir: string },
): Promise<void> {
  const session = await openRunningSession(config);
  try {
    if (session !== undefined) await refuseRun(session, lock, await host.installation());
    const server = session === undefined ? undefined : await namespaceId(session.client);
    const holder = await holderAtWork(stateDir, {
      ended: (writer) => writer.server === server, // that one was asked
      onWait: () => terminal.progress(WAITING),
    });
    if (holder !== undefined) throw underWay(holder.workflowId);
  } finally {
    await session?.client.connection.close();
  }
}

async function refuseRun({ client }: Session, workflowId: string, own: string): Promise<void> {
  const run = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined);
  if (run?.status.name !== 'RUNNING') return;
  if ((installationOfRun(run) ?? own) === own) throw underWay(workflowId); // one of another installation is not of this stack
}

function underWay(workflowId: string) {
  return refused(
    `${workflowId} is under way and would bring everything up again. End it first:\n` +
      `  onex-bootstrap temporal workflow cancel --workflow-id ${workflowId}      (its worker cleans up)\n` +
      `  onex-bootstrap temporal workflow terminate --workflow-id ${workflowId}   (where no worker runs)`,
  );
}
