import type { PlanAction } from '../plan/plan-row';

/** A key that a contract asks for and nobody gave, with the nodes that ask for it. */
export interface MissingKey {
  folder: string;
  key: string;
  owners: string[];
  /** False: its nodes start without it. */
  required: boolean;
}

/** A seed plan as it may be shown to anyone: names and counts. */
export interface SeedReport {
  planId: string;
  counts: Record<PlanAction, number>;
  /** Folder → keys, for each action that has any. */
  rows: Partial<Record<PlanAction, Record<string, string[]>>>;
  missing: MissingKey[];
  warnings: string[];
  /** Keys written in this run; zero when nothing was to do. */
  written: number;
}
