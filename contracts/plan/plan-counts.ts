import { PLAN_ACTIONS, type PlanAction, type PlanRow } from './plan-row';

/** How many rows there are of each action. */
export function planCounts(rows: readonly PlanRow[]): Record<PlanAction, number> {
  const counts = Object.fromEntries(PLAN_ACTIONS.map((action) => [action, 0])) as Record<PlanAction, number>;
  for (const { action } of rows) counts[action] += 1;
  return counts;
}
