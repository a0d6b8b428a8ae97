import type { Secret } from '../core/secret';
import type { NodeConfig, Provenance } from './resolve-nodes';

/** What one process that runs several nodes starts with. */
export interface MergedConfig {
  values: Map<string, Secret>;
  provenance: Map<string, Provenance>;
  /** Keys that a node requires and that nobody gave. */
  missingRequired: string[];
  missingOptional: string[];
  /** Keys whose nodes have different values; the first node's counts. */
  conflicts: { key: string; nodes: string[] }[];
}

/** The configurations of nodes as one environment, in their order. */
export function mergeConfigs(configs: readonly NodeConfig[]): MergedConfig {
  const values = new Map<string, Secret>();
  const provenance = new Map<string, Provenance>();
  const owners = new Map<string, string>();
  const conflicts = new Map<string, string[]>();
  for (const config of configs) {
    for (const [key, value] of config.values) {
      const known = values.get(key);
      const from = config.provenance.get(key);
      if (known === undefined) {
        values.set(key, value);
        owners.set(key, config.node);
        if (from !== undefined) provenance.set(key, from);
      } else if (!known.equals(value)) {
        const nodes = conflicts.get(key) ?? [owners.get(key) ?? ''];
        nodes.push(config.node);
        conflicts.set(key, nodes);
      }
    }
  }
  const required = new Set(configs.flatMap(({ missingRequired }) => missingRequired));
  const optional = new Set(configs.flatMap(({ missingOptional }) => missingOptional));
  return {
    values,
    provenance,
    missingRequired: [...required].filter((key) => !values.has(key)).sort(),
    missingOptional: [...optional].filter((key) => !values.has(key) && !required.has(key)).sort(),
    conflicts: [...conflicts].map(([key, nodes]) => ({ key, nodes })),
  };
}
