import type { NodeRow } from './node-row';
import type { SeedReport } from './seed-report';
import type { ServiceRow } from './service-row';

/** A runtime service that answered for the keys it received. */
export interface RuntimeRow extends ServiceRow {
  nodes: string[];
  proof: 'proven' | 'not asked' | 'not started';
}

/** The result of a bootstrap: everything that an operator wants to know, and no value. */
export interface BootstrapReport {
  environment: string;
  outcome: 'complete' | 'partial' | 'dry run';
  /** What this run changed, in order, in words. Empty when everything was in place. */
  changes: string[];
  infisical: { address: string; generation: string; projectId?: string } | undefined;
  services: ServiceRow[];
  contracts: { files: number; nodes: number; keys: number; problems: string[] };
  seed: SeedReport | undefined;
  nodes: NodeRow[];
  runtime: RuntimeRow[];
  files: { runtimeEnv: string; nodesDir: string };
  warnings: string[];
}
