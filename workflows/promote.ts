import type { Choices } from '../contracts/run/run-ref';
import type { Outcome, PlanSummary } from '../contracts/run/summaries';
import { Gate } from './approval';
import { asWriter, type Carried } from './one-writer';
import { note } from './phase-notes';
import { readContracts } from './phases/preflight';
import { stackIfLost } from './phases/recovery';
import { seed } from './phases/seed';

export interface PromoteResult extends PlanSummary {
  outcome: Outcome;
}

/** Values of another environment of the same host, where this one needs them; with `dryRun` it is the plan. */
export function promote(input: Choices, carried?: Carried): Promise<PromoteResult> {
  return asWriter(input, carried, ['contracts', 'promote'], async (run) => {
    await run.phase('contracts', () => readContracts(run), note.contracts);
    const gate =
      run.approval === undefined
        ? undefined
        : new Gate(
            run,
            run.approval,
            `onex-bootstrap promote ${input.from ?? 'ENVIRONMENT'} ${run.ref.environment} --approve`,
          );
    const copied = await run.phase('promote', () => seed(run, stackIfLost(run), gate), note.seed);
    const { environment, dryRun } = run.ref;
    const outcome = !dryRun ? 'complete' : copied.writes.count > 0 ? 'changes pending' : 'in step';
    const next = copied.written > 0 ? `for its nodes to get them: onex-bootstrap up -e ${environment}` : '';
    run.finish(outcome, next);
    return { ...copied, outcome };
  });
}
