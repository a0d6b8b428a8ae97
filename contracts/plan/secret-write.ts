import type { Secret } from '../core/secret';

/** One write that a plan asks for; both route generations need to know whether the key is there already. */
export interface SecretWrite {
  action: 'CREATE' | 'UPDATE';
  folder: string;
  key: string;
  value: Secret;
}
