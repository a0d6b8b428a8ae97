import { createHostActivities } from './create-host-activities';
import { createReadActivities } from './create-read-activities';
import { createSharedActivities } from './create-shared-activities';
import type { ActivityDependencies } from './dependencies';

/** All activities: those that any worker may do, and those that belong to one host. */
export function createActivities(dependencies: ActivityDependencies) {
  return {
    shared: { ...createSharedActivities(dependencies), ...createReadActivities(dependencies) },
    host: createHostActivities(dependencies),
  };
}
