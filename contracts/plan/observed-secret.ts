import type { Secret } from '../core/secret';

/** One secret as the server lists it. `folder` has no trailing slash ("/shared/kafka"). */
export interface ObservedSecret {
  folder: string;
  key: string;
  version: number;
  value: Secret;
}
