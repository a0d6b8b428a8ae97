/** What a seed does with one key; the order in which plans are shown. */
export const PLAN_ACTIONS = [
  'CREATE',
  'UPDATE',
  'REFUSED',
  'MISSING',
  'KEPT',
  'UNCLAIMED',
  'UNMANAGED',
  'UNCHANGED',
] as const;

/**
 * CREATE and UPDATE are written. UNCHANGED holds what is wanted, or something where no value was given. KEPT differs
 * and overwriting was not asked for. MISSING is needed and nobody gave it. UNCLAIMED was given and nobody needs it.
 * UNMANAGED is on the server beside those that are needed, and nobody needs it. REFUSED was given and the server would
 * not hold it as given.
 */
export type PlanAction = (typeof PLAN_ACTIONS)[number];

/** One key of a seed plan. Holds no value, so that it may be printed and stored. */
export interface PlanRow {
  action: PlanAction;
  /** Without trailing slash. For UNCLAIMED: "/shared" or "/services/<service>", the layer that the value was given for. */
  folder: string;
  key: string;
  /** The server's version of the secret, where it has one. */
  version?: number;
  /** Node names, and "registry", "overlay" or "stack". Empty for UNCLAIMED and UNMANAGED. */
  owners: string[];
  /** A node cannot start without it. */
  required: boolean;
  reason?: string;
}

/** The order of plans: by folder, then key. */
export function byPlace(a: PlanRow, b: PlanRow): number {
  if (a.folder !== b.folder) return a.folder < b.folder ? -1 : 1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** How many rows there are of each action. */
export function planCounts(rows: readonly PlanRow[]): Record<PlanAction, number> {
  const counts = Object.fromEntries(PLAN_ACTIONS.map((action) => [action, 0])) as Record<PlanAction, number>;
  for (const { action } of rows) counts[action] += 1;
  return counts;
}

/** What a seed would do, key by key: sorted by folder and key. */
export interface SeedPlan {
  rows: PlanRow[];
  /** What the operator should know and what does not stop the seed. */
  warnings: string[];
}
