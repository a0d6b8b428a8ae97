import { ApplicationFailure } from '@temporalio/common';
import { createHash } from 'node:crypto';
import { FailureType } from '../contracts/core/failures';
import type { RunRef } from '../contracts/run/run-ref';
import { listed, type PendingPlan } from '../contracts/run/summaries';
import type { Environment } from '../environment/environment';
import type { Host } from '../environment/host';
import { pendingServices } from '../environment/services';
import { pendingIdentities } from '../infisical/access/identities';
import { isWrite, planSecrets } from './seed';

const UNSEEN = 'secrets are planned when Infisical runs, and what is to be written is asked for then';

/** What is shown to whoever approves a run. */
export const approvalActivities = (host: Host) => ({
  /**
   * Everything that the run would change, by one look at each; an instance that was never set up counts as empty. Secrets
   * are those of a plan that was just made, where one is named.
   */
  async planChanges(run: RunRef, made?: string): Promise<PendingPlan> {
    const environment = await host.open(run);
    const [services, identities, secrets] = await Promise.all([
      environment.external === undefined ? pendingServices(environment) : [],
      pendingIdentities(environment).then((pending) =>
        pending.map(({ name, is }) =>
          is === 'missing' ? `make the identity ${name}` : `change what ${name} may do`,
        ),
      ),
      made === undefined
        ? planIfSeen(environment, run, host)
        : environment.reports.plan(made).then((rows) => ({ rows, planId: made })),
    ]);
    const writes = secrets?.rows.filter(isWrite) ?? [];
    const names = writes.map(({ action, folder, key }) => `${action.toLowerCase()} ${folder}/${key}`);
    const unseen = secrets === undefined ? [UNSEEN] : [];
    const whole = JSON.stringify([run.declaration, services, identities, secrets?.planId.slice(-16)]);
    return {
      digest: createHash('sha256').update(whole).digest('hex').slice(0, 16),
      changes: listed([...services, ...identities, ...unseen, ...names]),
      ...(secrets !== undefined && { planId: secrets.planId }),
    };
  },
});

/** Undefined while the stack's Infisical does not run. */
function planIfSeen(environment: Environment, run: RunRef, host: Host) {
  return planSecrets(environment, { ...run, dryRun: true }, host).catch((error: unknown) => {
    const isDown = error instanceof ApplicationFailure && error.type === FailureType.missingPrerequisite;
    if (isDown && environment.external === undefined) return undefined;
    throw error;
  });
}
