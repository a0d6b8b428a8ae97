import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { SeedReport } from '../../contracts/report/seed-report';
import { FailureType } from '../../contracts/core/failures';
import type { Run } from '../run';

const REPLANS = 3; // somebody edits the server while we plan: a few tries, then say so

/** Plans against the server, applies exactly that plan, and reads back. Nothing to do costs one listing. */
export async function seed(run: Run): Promise<SeedReport> {
  for (let tries = 1; ; tries++) {
    const plan = await run.host('planSeed', 'batch', 'a plan of the secrets')(run.settings);
    const toWrite = plan.counts.CREATE + plan.counts.UPDATE;
    if (toWrite === 0 || run.settings.dryRun) return plan;
    try {
      const { written } = await run.host(
        'applySeed',
        'batch',
        `${toWrite} secrets`,
      )(run.settings, plan.planId);
      if (written > 0) run.note([`wrote ${written} secrets`]);
      return { ...plan, written };
    } catch (error) {
      if (!isStale(error) || tries === REPLANS) throw error;
    }
  }
}

function isStale(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof ApplicationFailure && cause.type === FailureType.planStale;
}
