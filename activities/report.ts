import type { RunRef } from '../contracts/run/run-ref';
import type { BootstrapReport, KeptReport } from '../contracts/run/summaries';
import { endRestore } from '../environment/backup/restore';
import type { Environment } from '../environment/environment';
import type { Host } from '../environment/host';
import { currentRun } from '../environment/progress';
import { observeServices } from '../environment/services';

/** Of a whole run, or of a host's share of one. */
type Result = Partial<Omit<BootstrapReport, 'report'>>;

/** What stays of a run on its host. */
export const reportActivities = (host: Host) => ({
  /** Completes the report of the run with its result; `lost` names services of it that do not run any more. */
  async keepReport(run: RunRef, result: Result): Promise<KeptReport & { lost?: string[] }> {
    const environment = await host.open(run);
    const { reports, hasStack } = environment;
    const looks = !run.dryRun && hasStack;
    const [kept, lost] = await Promise.all([
      reports.add(currentRun(), { result }),
      looks ? lostOf(environment, result) : undefined,
    ]);
    await reports.tidy();
    if (!run.dryRun) await endRestore(environment);
    return lost === undefined ? kept : { ...kept, lost };
  },
});

async function lostOf(environment: Environment, { services = [], runtime = [] }: Result): Promise<string[]> {
  const observed = await observeServices(environment);
  const running = observed.filter(({ action }) => action === 'kept').map(({ name }) => name);
  return [...services, ...runtime]
    .filter(({ name, action }) => action !== 'skipped' && !running.includes(name))
    .map(({ name }) => name);
}
