import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { FailureType } from '../../contracts/core/failures';
import type { PlanSummary } from '../../contracts/run/summaries';
import type { Gate } from '../approval';
import type { Run } from '../run';
import { standing, type Footing } from './recovery';

const REPLANS = 3; // somebody edits the server while we plan: a few tries, then say so

/** Plans against the server, applies exactly that plan, and reads back. Nothing to do costs one listing. */
export async function seed(run: Run, ground: Footing | undefined, gate?: Gate): Promise<PlanSummary> {
  for (let tries = 1; ; tries++) {
    const plan = await standing(run, ground, (limits) =>
      run.step(
        'batch',
        'the plan of the secrets',
        (host) => host.planSeed(run.ref, ...approvedPlan(gate)),
        limits,
      ),
    );
    if (plan.writes.count === 0 || run.ref.dryRun) return plan;
    if (gate !== undefined && (gate.planId === undefined || (plan.beyond?.count ?? 0) > 0))
      await gate.ask({ digest: plan.planId.slice(-16), changes: plan.writes, planId: plan.planId });
    try {
      const { written } = await standing(run, ground, (limits) =>
        run.step(
          'batch',
          `${plan.writes.count} secrets to be written`,
          (host) => host.applySeed(run.ref, plan.planId),
          limits,
        ),
      );
      if (written > 0) run.note([`wrote ${written} ${written === 1 ? 'secret' : 'secrets'}`]);
      return { ...plan, written };
    } catch (error) {
      if (!isStale(error) || tries === REPLANS) throw error;
    }
  }
}

// a step without an approval is called as ever: histories of before go on
const approvedPlan = (gate: Gate | undefined) => (gate?.planId === undefined ? [] : [gate.planId]);

/** Whether what was planned is no longer so. */
export function isStale(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof ApplicationFailure && cause.type === FailureType.planStale;
}
