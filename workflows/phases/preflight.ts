import type { RequirementsSummary } from '../../contracts/run/summaries';
import type { StackOutline } from '../../stack/compose/order';
import type { Run } from '../run';

export interface Preflight {
  contracts: RequirementsSummary;
  /** Undefined where somebody else runs Infisical: then nothing is started here. */
  stack: StackOutline | undefined;
}

/** Everything that can be refused before the first irreversible act. */
export async function preflight(run: Run): Promise<Preflight> {
  const [contracts, stack] = await Promise.all([
    readContracts(run),
    run.hasStack
      ? run.step('quick', 'the stack file to be read', (host) => host.readStack(run.ref))
      : Promise.resolve(undefined),
    checkMachine(run),
  ]);
  // what has to be approved may be the engine itself
  if (stack !== undefined && !run.ref.dryRun && run.approval === undefined) await ensureEngine(run);
  return { contracts, stack };
}

/** What the contracts need; files that cannot be used are refused. */
export const readContracts = (run: Run): Promise<RequirementsSummary> =>
  run.step('files', 'the contracts to be read', (host) => host.readRequirements(run.ref));

async function checkMachine(run: Run): Promise<void> {
  const { changes } = await run.step('quick', 'the check of disk, ports, clocks and volumes', (host) =>
    host.checkMachine(run.ref),
  );
  run.note(changes);
}

/** An engine that can be asked, and the machine checked again where it was just started. */
export async function ensureEngine(run: Run): Promise<void> {
  const { changes } = await run.step('engine', 'a Docker Engine', (host) => host.ensureEngine(run.ref));
  run.note(changes);
  // one that was just started could not be asked before
  if (changes.length > 0) await checkMachine(run);
}
