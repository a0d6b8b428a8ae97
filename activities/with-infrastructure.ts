import { Context } from '@temporalio/activity';
import type { Configuration } from '../contracts/settings/configuration';
import type { Settings } from '../contracts/settings/settings';
import { heartbeating } from './heartbeating';
import type { HostActivities } from './host-activities';
import { restoreInfrastructure, type Ground } from './stack/restore-infrastructure';

/** Workflows that start the infrastructure themselves; the others only use it. */
const STARTERS = ['bootstrap', 'provisionIdentity'];

const grounds: Partial<Record<keyof HostActivities, (service: string) => Ground>> = {
  ensureImages: () => ({ kind: 'engine' }),
  ensureNetwork: () => ({ kind: 'engine' }),
  ensureService: (service) => ({ kind: 'dependencies', of: service }),
  adoptIdentity: () => ({ kind: 'all' }),
  ensureIdentities: () => ({ kind: 'all' }),
  planSeed: () => ({ kind: 'all' }),
  applySeed: () => ({ kind: 'all' }),
  prefetchNodes: () => ({ kind: 'all' }),
  startRuntime: (service) => ({ kind: 'dependencies', of: service }),
};

type Activity = (settings: Settings, ...rest: unknown[]) => Promise<unknown>;

/**
 * The activities with those that stand on the stack bringing it back first, when they are tried again: a run that has
 * passed its infrastructure phase would wait for ever otherwise. The last step looks at the first try too, so that no
 * run reports services that died under it.
 */
export function withInfrastructure(activities: HostActivities, config: Configuration): HostActivities {
  const all = Object.entries(activities as unknown as Record<string, Activity>);
  const grounded = all.map(([name, activity]): [string, Activity] => {
    const groundOf = grounds[name as keyof HostActivities];
    if (groundOf === undefined) return [name, activity];
    const restored: Activity = async (settings, ...rest) => {
      const { attempt, workflowType } = Context.current().info;
      const isOurs = settings.infrastructure.kind === 'stack' && STARTERS.includes(workflowType ?? '');
      if (isOurs && !settings.dryRun && (attempt > 1 || name === 'startRuntime'))
        await heartbeating((signal, onProgress) =>
          restoreInfrastructure(settings, config, groundOf(String(rest[0])), { signal, onProgress }),
        );
      return activity(settings, ...rest);
    };
    return [name, restored];
  });
  return Object.fromEntries(grounded) as unknown as HostActivities;
}
