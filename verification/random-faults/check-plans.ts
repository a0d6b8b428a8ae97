import fc from 'fast-check';
import { inParallel } from '../../contracts/core/in-parallel';
import { faultPlans, type FaultPlan, type Generation } from './fault-plan';
import { describeBroken, runPlan, undisturbedRun, type Row, type Undisturbed } from './run-plan';
import type { World } from './world';

/** Runs of one property: short, so that a broken one costs few of the others. */
const PROPERTY_RUNS = 10;
const SHRINKING_MS = 180_000;

export interface Selection {
  runs: number;
  seed: number;
  /** Replays one counterexample, with the seed that was printed with it. */
  path?: string;
  /** So many bootstraps at once. */
  parallel: number;
}

/** A plan that broke the promise, as small as it could be made in the time. */
export interface Counterexample {
  seed: number;
  path: string;
  plan: FaultPlan;
  what: string;
}

/** What each generation leaves without faults, and which requests it takes. */
export async function undisturbedRuns(
  world: World,
  generations: readonly Generation[],
): Promise<Partial<Record<Generation, Undisturbed>>> {
  const runs = generations.map(async (generation) => [generation, await undisturbedRun(world, generation)]);
  return Object.fromEntries(await Promise.all(runs)) as Partial<Record<Generation, Undisturbed>>;
}

/** Checks random plans, and tells of each run; those that only make a counterexample smaller are `shrinking`. */
export async function checkPlans(
  world: World,
  undisturbed: Partial<Record<Generation, Undisturbed>>,
  { runs, seed, path, parallel }: Selection,
  onRun: (row: Row, kind: 'drawn' | 'shrinking') => void,
): Promise<Counterexample[]> {
  const requests = Object.fromEntries(
    Object.entries(undisturbed).map(([generation, { requests }]) => [generation, requests]),
  );
  const plans = faultPlans(requests);
  const found: Counterexample[] = [];
  const parts = Array.from({ length: Math.ceil(runs / PROPERTY_RUNS) }, (_, part) => ({
    seed: seed + part,
    numRuns: Math.min(PROPERTY_RUNS, runs - part * PROPERTY_RUNS),
  }));

  async function check(part: (typeof parts)[number]): Promise<void> {
    let kind: 'drawn' | 'shrinking' = 'drawn';
    const property = fc.asyncProperty(plans, async (plan) => {
      const row = await runPlan(world, plan, undisturbed[plan.generation]!);
      onRun(row, kind);
      if (row.outcome !== 'broken') return;
      kind = 'shrinking';
      throw new Error(describeBroken(row));
    });
    const details = await fc.check(property, {
      ...part,
      ...(path === undefined ? {} : { path }),
      includeErrorInReport: false,
      interruptAfterTimeLimit: part.numRuns * 120_000 + SHRINKING_MS,
    });
    if (!details.failed) return;
    const what = details.errorInstance instanceof Error ? details.errorInstance.message : 'interrupted';
    const [plan] = details.counterexample ?? [];
    if (plan !== undefined)
      found.push({ seed: part.seed, path: details.counterexamplePath ?? '', plan, what });
  }

  await inParallel(parts, parallel, check);
  return found;
}
