import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import { present } from '../../contracts/core/record';
import type { HostsSummary } from '../../contracts/run/summaries';
import type { hostPages } from '../host-pages';
import type { Run } from '../run';
import { whileStanding } from './recovery';

/** Has every host that joined do its share, and names those that did not; `only` are the ones that are meant. */
export async function serveHosts(
  run: Run,
  {
    hosts: only,
    waitForHosts: waitSeconds,
  }: { hosts?: string[] | undefined; waitForHosts?: number | undefined },
): Promise<HostsSummary> {
  const { workflowId, runId } = workflowInfo();
  const { environment } = run.ref;
  const serve = () =>
    executeChild<typeof hostPages>('hostPages', {
      workflowId: `hosts/${environment}/${runId}`,
      args: [
        {
          ref: { ...run.ref, under: { workflowId, runId } },
          queue: run.start.queue,
          ...present({ only, waitSeconds }),
        },
      ],
      staticSummary: `the hosts of ${environment}`,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
  const summary = await run.awaiting('the hosts that joined', () => whileStanding(run, serve));
  run.note(summary.changes);
  return summary;
}
