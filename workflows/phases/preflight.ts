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
  run.note((await run.host('checkState', 'quick', 'a writable state directory')(settings)).changes);
  const [contracts, stack] = await Promise.all([
    readContracts(run),
    settings.infrastructure.kind === 'stack'
      ? run.host('readStack', 'quick', 'the stack file')(settings)
      : Promise.resolve(undefined),
  ]);
  if (stack !== undefined && !settings.dryRun) {
    run.note((await run.host('ensureEngine', 'engine', 'a Docker Engine')(settings)).changes);
  }
  return { contracts, stack };
}

/** What the contracts need; paths and env files that cannot be used are refused. */
export const readContracts = (run: Run): Promise<RequirementsOutline> =>
  run.host('readRequirements', 'quick', 'the contracts')(run.settings);
