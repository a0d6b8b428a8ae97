import { refused } from '../contracts/core/failures';
import type { ActivityDependencies } from './dependencies';
import type { HostActivities } from './host-activities';

type StackActivity =
  | 'ensureEngine'
  | 'readStack'
  | 'observeStack'
  | 'ensureStackSecrets'
  | 'ensureImages'
  | 'ensureNetwork'
  | 'ensureService'
  | 'startRuntime';

export function createStackActivities(_: ActivityDependencies): Pick<HostActivities, StackActivity> {
  const none = () => Promise.reject(refused('not yet'));
  return {
    ensureEngine: none,
    readStack: none,
    observeStack: none,
    ensureStackSecrets: none,
    ensureImages: none,
    ensureNetwork: none,
    ensureService: none,
    startRuntime: none,
  };
}
