import { isPartial } from '../contracts/report/is-partial';
import type { RequirementsOutline } from '../contracts/report/outlines';
import type { SeedReport } from '../contracts/report/seed-report';
import type { BootstrapInput } from '../contracts/settings/bootstrap-input';
import { asWriter } from './as-writer';
import { readContracts } from './phases/preflight';
import { seed } from './phases/seed';
import { note } from './phase-notes';

/** The seed phase alone, against an Infisical whose identities are there; with `dryRun` it is the plan. */
export function seedSecrets(
  input: BootstrapInput = {},
): Promise<SeedReport & { contracts: RequirementsOutline }> {
  return asWriter(input, ['contracts', 'seed'], async (run) => {
    const contracts = await run.phase('contracts', () => readContracts(run), note.contracts);
    const seeded = await run.phase('seed', () => seed(run), note.seed);
    run.finish(run.settings.dryRun ? 'dry run' : isPartial(seeded, []) ? 'partial' : 'complete');
    return { ...seeded, contracts };
  });
}
