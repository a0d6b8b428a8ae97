import type { Settings } from '../contracts/settings/settings';
import { namingFullDisk } from './files/system';
import type { HostActivities } from '../activities/host-activities';
import { withLease } from './lease';
import type { Writer } from './writer';

const READ_ONLY = new Set<string>([
  'readRequirements',
  'readStack',
  'observeStack',
] satisfies (keyof HostActivities)[]);

type Activity = (settings: Settings, ...rest: unknown[]) => Promise<unknown>;

/** The activities with those that change something held back while another run changes the same environment. */
export function oneWriter(activities: HostActivities, current: () => Promise<Writer>): HostActivities {
  const all = Object.entries(activities as unknown as Record<string, Activity>);
  const guarded = all.map(([name, activity]): [string, Activity] => {
    if (READ_ONLY.has(name)) return [name, activity];
    const held: Activity = async (settings, ...rest) => {
      const work = () => namingFullDisk(undefined, () => activity(settings, ...rest));
      return settings.dryRun ? work() : withLease(settings.stateDir, await current(), work);
    };
    return [name, held];
  });
  return Object.fromEntries(guarded) as unknown as HostActivities;
}
