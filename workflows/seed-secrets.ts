import { isPartial } from '../contracts/report/is-partial';
import type { RequirementsOutline } from '../contracts/report/outlines';
import type { SeedReport } from '../contracts/report/seed-report';
import type { BootstrapInput } from '../contracts/settings/bootstrap-input';
import { readContracts } from './phases/preflight';
import { seed } from './phases/seed';
import { note } from './phase-notes';
import { Run } from './run';

/** The seed phase alone, against an Infisical whose identities are there; with `dryRun` it is the plan. */
export async function seedSecrets(
  input: BootstrapInput = {},
): Promise<SeedReport & { contracts: RequirementsOutline }> {
  const run = await Run.start(input, ['contracts', 'seed']);
  const contracts = await run.phase('contracts', () => readContracts(run), note.contracts);
  const seeded = await run.phase('seed', () => seed(run), note.seed);
  run.finish(run.settings.dryRun ? 'dry run' : isPartial(seeded, []) ? 'partial' : 'complete');
  return { ...seeded, contracts };
}
