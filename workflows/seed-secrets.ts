import type { Choices } from '../contracts/run/run-ref';
import type { Outcome, PlanSummary, RequirementsSummary } from '../contracts/run/summaries';
import { asWriter, type Carried } from './one-writer';
import { note } from './phase-notes';
import { readContracts } from './phases/preflight';
import { seed } from './phases/seed';
import { end, missingOf, outcomeOf } from './report';

export interface SeedResult extends PlanSummary {
  outcome: Outcome;
  contracts: RequirementsSummary;
}

/** The seed phase alone, against an Infisical whose identities are there; with `dryRun` it is the plan. */
export function seedSecrets(input: Choices = {}, carried?: Carried): Promise<SeedResult> {
  return asWriter(input, carried, ['contracts', 'seed'], async (run) => {
    const contracts = await run.phase('contracts', () => readContracts(run), note.contracts);
    const seeded = await run.phase('seed', () => seed(run, undefined), note.seed);
    const outcome = outcomeOf(run, seeded, undefined, false, contracts.unread > 0);
    const result = { ...seeded, outcome, contracts };
    end(run, outcome, missingOf({ seed: seeded }), result);
    return result;
  });
}
