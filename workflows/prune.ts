import { refused } from '../contracts/core/failures';
import type { Choices } from '../contracts/run/run-ref';
import type { Listed, Outcome } from '../contracts/run/summaries';
import { Gate } from './approval';
import { asWriter, type Carried } from './one-writer';
import { stackIfLost, standing } from './phases/recovery';
import { isStale } from './phases/seed';
import type { Run } from './run';

/** What a prune deleted, or one that was undone wrote back. */
export interface PruneResult {
  outcome: Outcome;
  /** Keys that nobody needs, or that were deleted by the prune that is undone. */
  keys: Listed;
  /** Keys left alone: others refer to them, or hold a new value by now. */
  left: Listed;
  /** Names what was deleted, to undo it. */
  planId: string;
  done: number;
}

const REPLANS = 3; // somebody edits the server while we ask: a few tries, then say so

/** Deletes keys that nobody needs any more, once somebody has approved it; or writes back what an earlier one deleted. */
export function prune(input: Choices = {}, carried?: Carried): Promise<PruneResult> {
  return asWriter(input, carried, ['prune'], async (run) => {
    const { undo } = input;
    const result = await run.phase(
      'prune',
      () => (undo === undefined ? pruneApproved(run) : writeBack(run, undo)),
      ({ done }) => (undo === undefined ? `${done} deleted` : `${done} written back`),
    );
    const { environment } = run.ref;
    const isDone = undo === undefined && result.done > 0;
    run.finish(
      result.outcome,
      isDone ? `to undo it: onex-bootstrap prune -e ${environment} --undo ${result.planId}` : '',
    );
    return result;
  });
}

type Host = Parameters<Parameters<Run['step']>[2]>[0];

/** A step at Infisical, which is brought back where it is lost meanwhile. */
const inStore = <T>(run: Run, waitingFor: string, work: (host: Host) => Promise<T>): Promise<T> =>
  standing(run, stackIfLost(run), (limits) => run.step('batch', waitingFor, work, limits));

async function pruneApproved(run: Run): Promise<PruneResult> {
  const again = `onex-bootstrap prune -e ${run.ref.environment}`;
  const gate = run.approval && new Gate(run, run.approval, again);
  for (let tries = 1; ; tries++) {
    const plan = await inStore(run, 'the keys that nobody needs', (host) => host.planPrune(run.ref));
    const { planId, changes: keys, referred: left } = plan;
    const result = (outcome: Outcome, done: number) => ({ outcome, keys, left, planId, done });
    if (keys.count === 0) return result(run.ref.dryRun ? 'in step' : 'complete', 0);
    if (run.ref.dryRun) return result('changes pending', 0);
    await gate?.ask(plan);
    try {
      const { removed } = await inStore(run, `${keys.count} keys to be deleted`, (host) =>
        host.applyPrune(run.ref, planId),
      );
      run.note([`deleted ${removed} ${removed === 1 ? 'key' : 'keys'}`]);
      return result('complete', removed);
    } catch (error) {
      if (!isStale(error) || tries === REPLANS) throw error;
    }
  }
}

async function writeBack(run: Run, planId: string): Promise<PruneResult> {
  if (run.ref.dryRun) throw refused('What a prune deleted is shown by its run; undo it without dryRun.');
  const { written, back, taken } = await inStore(run, 'the pruned keys to be written back', (host) =>
    host.restorePruned(run.ref, planId),
  );
  if (written > 0) run.note([`wrote back ${written} ${written === 1 ? 'key' : 'keys'}`]);
  return { outcome: 'complete', keys: back, left: taken, planId, done: written };
}
