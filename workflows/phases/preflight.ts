import type { RequirementsSummary, ServiceRow } from '../../contracts/run/summaries';
import type { StackOutline } from '../../stack/compose/order';
import type { Run } from '../run';
import { mayPass } from './recovery';

export interface Preflight {
  contracts: RequirementsSummary;
  /** Undefined where somebody else runs Infisical: then nothing is started here. */
  stack: StackOutline | undefined;
  /** The services outside of profiles, where there is nothing to do to the stack. */
  standing: ServiceRow[] | undefined;
}

/** Everything that can be refused before the first irreversible act. */
export async function preflight(run: Run): Promise<Preflight> {
  const [contracts, stack, standing] = await Promise.all([
    readContracts(run),
    run.hasStack
      ? run.step('quick', 'the stack file to be read', (host) => host.readStack(run.ref))
      : Promise.resolve(undefined),
    isOnItsOwn(run) ? standingServices(run) : undefined,
    checkMachine(run),
  ]);
  if (stack !== undefined && standing === undefined && isOnItsOwn(run)) await ensureEngine(run);
  return { contracts, stack, standing };
}

// what has to be approved may be the engine itself
const isOnItsOwn = (run: Run) => run.hasStack && !run.ref.dryRun && run.approval === undefined;

/** One look in place of a step for each part of the stack; what it cannot see is seen to by those. */
async function standingServices(run: Run): Promise<ServiceRow[] | undefined> {
  try {
    const found = await run.step('quick', 'a look at the stack', (host) => host.standingServices(run.ref), {
      tries: 1,
    });
    run.note(found.changes);
    return found.services;
  } catch (error) {
    if (mayPass(error)) return undefined;
    throw error;
  }
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
