import { Context } from '@temporalio/activity';
import { accessOf } from '../contracts/settings/access-of';
import { createStackActivities } from './create-stack-activities';
import type { ActivityDependencies } from './dependencies';
import { checkMachine } from './preflight/check-machine';
import { currentWriter } from '../environment/current-writer';
import { oneWriter } from '../environment/one-writer';
import { temporalClock } from './preflight/temporal-clock';
import { heartbeating } from './heartbeating';
import type { HostActivities } from './host-activities';
import { givenAdmin, givenIdentity, writeRuntimeEnv } from '../infisical/access/credentials';
import { adoptGivenIdentity, ensureIdentities } from '../infisical/access/identities';
import { asFailure } from '../infisical/problem';
import { prefetchNodes } from './prefetch/prefetch-nodes';
import { applySeed } from './seed/apply-seed';
import { planSeed } from './seed/plan-seed';
import { readRequirements } from './seed/read-requirements';
import { withInfrastructure } from './with-infrastructure';

export function createHostActivities(dependencies: ActivityDependencies): HostActivities {
  const { config, temporalAddress } = dependencies;
  const activities: HostActivities = {
    ...createStackActivities(dependencies),

    checkState(settings) {
      givenIdentity(config.variables);
      givenAdmin(config.variables);
      const context = Context.current();
      return checkMachine(settings, config, () => temporalClock(context));
    },
    readRequirements,

    adoptIdentity: (settings, address) =>
      attempt('adopting the given identity', () => adoptGivenIdentity(accessOf(settings, config), address)),
    ensureIdentities: (settings, address) =>
      attempt('provisioning identities', () =>
        heartbeating((signal, report) =>
          ensureIdentities(accessOf(settings, config), address, { signal, onProgress: report }),
        ),
      ),
    writeRuntimeEnv: (settings, address) => writeRuntimeEnv(accessOf(settings, config), address),

    planSeed: (settings) =>
      attempt('planning the seed', () => heartbeating((signal) => planSeed(settings, config, signal))),
    applySeed: (settings, planId) =>
      attempt('seeding', () =>
        heartbeating((signal, report) => applySeed(settings, planId, config, { signal, report })),
      ),
    prefetchNodes: (settings) =>
      attempt('reading the nodes’ configuration', () =>
        heartbeating((signal, report) => prefetchNodes(settings, config, { signal, report })),
      ),
  };
  return oneWriter(withInfrastructure(activities, config), () =>
    currentWriter({ address: temporalAddress, host: config.host }),
  );
}

/** Says what was attempted and whether another try may help. */
async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asFailure(error, what);
  }
}
