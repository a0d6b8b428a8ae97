import type { PlanRow } from './plan-row';

/** What a seed would do, key by key: sorted by folder and key. */
export interface SeedPlan {
  rows: PlanRow[];
  warnings: PlanWarning[];
}

/** Something that the operator should know and that does not stop the seed. */
export interface PlanWarning {
  kind: 'bootstrap-only' | 'identity-default' | 'service-override' | 'stack-value' | 'duplicate-on-server';
  key: string;
  message: string;
}
