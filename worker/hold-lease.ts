import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { badInput } from '../contracts/core/failures';
import { runRefSchema } from '../contracts/run/run-ref';
import { namingFullDisk } from '../environment/files/system';
import type { Host } from '../environment/host';
import type { Leases, Writer } from '../environment/lease';
import { currentRun } from '../environment/progress';

/** What the steps of one environment share. */
export interface LeaseOptions {
  host: Host;
  leases: Leases;
  /** The environment whose queue the worker polls. */
  environment: string;
  server: () => Promise<Pick<Writer, 'server' | 'address'>>;
}

/** Holds the environment's lease while a step of a run works, so that no other run changes it. Dry runs change nothing. */
export class HoldLease implements ActivityInboundCallsInterceptor {
  constructor(private readonly options: LeaseOptions) {}

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    const { data: run } = runRefSchema.safeParse(input.args[0]);
    const { host, leases, environment, server } = this.options;
    if (run !== undefined && run.environment !== environment)
      throw badInput(`A step of ${run.environment} was sent to the queue of ${environment}, and is refused.`);
    const work = () => namingFullDisk(undefined, () => next(input));
    if (run === undefined || run.dryRun) return work();
    await host.open(run); // what names no declaration in force holds nobody up
    const writer = { ...(await server()), host: host.configuration.host, ...currentRun() };
    return leases.during(host.stateDirOf(environment), writer, work);
  }
}
