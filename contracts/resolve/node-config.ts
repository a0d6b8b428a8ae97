import type { Secret } from '../core/secret';

/** Where a value came from. */
export type Provenance = { source: 'infisical'; folder: string } | { source: 'environment' };

/** What one node starts with. */
export interface NodeConfig {
  node: string;
  service?: string;
  values: ReadonlyMap<string, Secret>;
  /** For each key of `values`. */
  provenance: ReadonlyMap<string, Provenance>;
  /** In the order in which the contracts name them. */
  missingRequired: string[];
  missingOptional: string[];
}
