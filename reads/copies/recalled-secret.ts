import type { Secret } from '../../contracts/core/secret';

/** A secret as it was when it was last read: whoever serves it marks it as stale. */
export interface RecalledSecret {
  value: Secret;
  version: number;
  readAt: Date;
  ageSeconds: number;
}

/** What is kept of a folder. */
export interface RecalledFolder {
  /** Whether `secrets` is everything that the folder held when it was last listed. */
  complete: boolean;
  secrets: (RecalledSecret & { key: string })[];
}
