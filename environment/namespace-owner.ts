import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { refused } from '../contracts/core/failures';
import { MEMO, bootstrapWorkflowId, installationIn } from '../contracts/core/names';

const MOST_RUNS = 20; // one that was refused before it knew where it was names nobody

/** What a server says of a run. */
interface Told {
  memo?: Record<string, unknown> | undefined;
  taskQueue: string;
}

/** The installation that a run is of: by the queue that it was started on, else as it said itself. */
export function installationOfRun({ memo, taskQueue }: Told): string | undefined {
  const noted = memo?.[MEMO.installation];
  return installationIn(taskQueue) ?? (typeof noted === 'string' ? noted : undefined);
}

/**
 * The installation that an environment of the client's namespace belongs to: that of its last run. Undefined where none has
 * run it, or the namespace has forgotten. `except` is a run that does not count.
 */
export async function ownerOf(
  client: Client,
  environment: string,
  except?: string,
): Promise<string | undefined> {
  const workflowId = bootstrapWorkflowId(environment);
  const newest = except === undefined ? await lastRun(client, workflowId) : undefined;
  const owner = newest && installationOfRun(newest);
  if (owner !== undefined || (newest === undefined && except === undefined)) return owner;
  let looked = 0;
  for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const found = run.runId === except ? undefined : installationOfRun(run);
    if (found !== undefined || ++looked === MOST_RUNS) return found;
  }
  return undefined;
}

async function lastRun(client: Client, workflowId: string): Promise<Told | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Why nothing may be started for an environment that another installation has in the namespace, and what to do. */
export function belongsToAnother(
  environment: string,
  { namespace, owner, own }: { namespace: string; owner: string; own: string },
) {
  return refused(
    `${environment} in the Temporal namespace ${namespace} belongs to the installation ${owner}, and this one is ${own}: nothing was started there. ` +
      `Use another environment name (-e), another namespace (TEMPORAL_NAMESPACE) or, without TEMPORAL_ADDRESS, this installation's own server. ` +
      `Where ${owner} is gone for good: onex-bootstrap up -e ${environment} --take-over`,
  );
}
