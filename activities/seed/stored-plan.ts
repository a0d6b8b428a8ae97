import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { planStale } from '../../contracts/core/failures';
import { PLAN_ACTIONS, type PlanRow } from '../../contracts/plan/plan-row';
import { writeFileAtomic } from '../../environment/files/atomic';

const KEPT_PLANS = 10; // for whoever compares an older history with its plan

const planSchema = z.object({
  version: z.literal(1),
  rows: z.array(
    z.object({
      action: z.enum(PLAN_ACTIONS),
      folder: z.string(),
      key: z.string(),
      version: z.number().optional(),
      owners: z.array(z.string()),
      required: z.boolean(),
      reason: z.string().optional(),
    }),
  ),
});

/** Keeps a plan for the step that applies it: histories have a size limit, and rows have none. No value in it. */
export async function storePlan(stateDir: string, planId: string, rows: readonly PlanRow[]): Promise<void> {
  const dir = join(stateDir, 'plans');
  await writeFileAtomic(join(dir, `${planId}.json`), JSON.stringify({ version: 1, rows }));
  const names = (await readdir(dir)).filter((name) => /^\d+-.*\.json$/.test(name)).sort();
  for (const name of names.slice(0, -KEPT_PLANS)) await rm(join(dir, name), { force: true });
}

/** The rows of a stored plan; one that is gone or cut short is stale, so that the caller plans again. */
export async function readStoredPlan(stateDir: string, planId: string): Promise<PlanRow[]> {
  try {
    const text = await readFile(join(stateDir, 'plans', `${planId}.json`), 'utf8');
    return planSchema.parse(JSON.parse(text)).rows as PlanRow[];
  } catch (cause) {
    throw planStale(`The plan ${planId} is not in ${stateDir}/plans any more: plan again.`, { cause });
  }
}
