import type { Secret } from '../core/secret';

/** One secret that there should be. */
export interface SeedTarget {
  folder: string;
  key: string;
  owners: string[];
  /** A node that reads it cannot start without it. */
  required: boolean;
  /** Undefined where nobody gave one. Never blank. */
  value: Secret | undefined;
  /** The nodes that read the key, here or in another layer. */
  readers: SeedReader[];
}

/** A node that reads a target's key, and the folders in which it looks, first to last. */
export interface SeedReader {
  node: string;
  required: boolean;
  folders: readonly string[];
}

/** A value that was given and is not wanted anywhere. */
export interface UnclaimedValue {
  /** The layer that it was given for. */
  folder: string;
  key: string;
  reason: string;
}
