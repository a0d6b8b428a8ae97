import type { RunRef } from '../contracts/run/run-ref';
import type { BootstrapReport, KeptReport } from '../contracts/run/summaries';
import type { Host } from '../environment/host';
import { currentRun } from '../environment/progress';

/** What stays of a run on its host. */
export const reportActivities = (host: Host) => ({
  /** Completes the report of the run with its result. */
  async keepReport(run: RunRef, result: Omit<BootstrapReport, 'report'>): Promise<KeptReport> {
    const { reports } = await host.open(run);
    const kept = await reports.add(currentRun(), { result });
    await reports.tidy();
    return kept;
  },
});
