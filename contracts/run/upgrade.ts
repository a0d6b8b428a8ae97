import type { Outcome } from './summaries';

/** A service that gets another image, both as the stack file names them. */
export interface Upgraded {
  name: string;
  from: string;
  to: string;
}

/** What an upgrade is about; none where every service has the image that the stack file names. */
export interface UpgradePlan {
  services: Upgraded[];
  /** Of one that was begun before and is put back now: why. */
  problem?: string;
}

/** The result of an upgrade. */
export interface UpgradeReport {
  environment: string;
  outcome: Outcome;
  upgraded: Upgraded[];
  /** File name of the backup that was made first. */
  backup?: string;
  /** Volumes with the data of before, which nothing uses any more. */
  left: string[];
}
