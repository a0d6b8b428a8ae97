import { patched } from '@temporalio/workflow';
import type { RequirementsOutline, StackOutline } from '../../contracts/report/outlines';
import type { Run } from '../run';

export interface Preflight {
  contracts: RequirementsOutline;
  /** Undefined where somebody else runs Infisical: then nothing is started here. */
  stack: StackOutline | undefined;
}

/** Everything that can be refused before the first irreversible act. */
export async function preflight(run: Run): Promise<Preflight> {
  const { settings } = run;
  await checkMachine(run);
  const [contracts, stack] = await Promise.all([
    readContracts(run),
    settings.infrastructure.kind === 'stack'
      ? run.host('readStack', 'quick', 'the stack file')(settings)
      : Promise.resolve(undefined),
  ]);
  if (stack !== undefined && !settings.dryRun) await ensureEngine(run);
  return { contracts, stack };
}

/** What the contracts need; paths and env files that cannot be used are refused. */
export const readContracts = (run: Run): Promise<RequirementsOutline> =>
  run.host('readRequirements', 'quick', 'the contracts')(run.settings);

async function checkMachine(run: Run): Promise<void> {
  run.note((await run.host('checkState', 'quick', 'disk, ports, clocks and volumes')(run.settings)).changes);
}

async function ensureEngine(run: Run): Promise<void> {
  const { changes } = await run.host('ensureEngine', 'engine', 'a Docker Engine')(run.settings);
  run.note(changes);
  // one that was just started could not be asked before
  if (changes.length > 0 && patched('check-started-engine')) await checkMachine(run);
}
