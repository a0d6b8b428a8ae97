import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, isCancellation, ParentClosePolicy } from '@temporalio/workflow';
import { bootstrapWorkflowId } from '../contracts/core/names';
import { present } from '../contracts/core/record';
import type { Watched } from '../contracts/run/drift';
import type { Choices } from '../contracts/run/run-ref';
import { listed, type Listed } from '../contracts/run/summaries';
import { dependenciesOf, startOrder } from '../stack/compose/order';
import { inWords, look } from './look';
import { asWriter, inTurn, WORKFLOW_TASK_TIMEOUT, type Carried } from './one-writer';
import { phaseFailure } from './phase-failure';
import { prefetch } from './phases/prefetch';
import { ensureEngine } from './phases/preflight';
import { provision } from './phases/provision';
import { ENGINE_ONLY, ensureOne, standing } from './phases/recovery';
import { startRuntime } from './phases/runtime';
import { seed } from './phases/seed';
import type { Run } from './run';

const MOST_PASSES = 3; // an engine that was started shows containers, and an Infisical that was started its secrets

/** What was repaired, and how everything was seen after that. */
export interface Healed extends Watched {
  changes: Listed;
}

/** Repairs what needs no decision: what is missing or stopped, and node files that are stale. It replaces and deletes nothing. */
export function heal(input: Choices = {}, carried?: Carried): Promise<Healed> {
  return asWriter(input, carried, ['look', 'repair'], async (run) => {
    const seen = await run.phase('look', () => look(run), inWords);
    const after = await run.phase('repair', () => repairAll(run, seen), inWords);
    const { environment } = run.ref;
    const next =
      after.outcome === 'in step' ? 'nothing to do' : `what is left: onex-bootstrap watch -e ${environment}`;
    run.finish(after.outcome, next, [...after.drifts.first, ...after.unobserved.first]);
    return { ...after, changes: run.changes };
  });
}

async function repairAll(run: Run, before: Watched): Promise<Watched> {
  let seen = before;
  for (let pass = 1; pass <= MOST_PASSES && !run.ref.dryRun && Object.keys(seen.heals).length > 0; pass++) {
    await repair(run, seen);
    seen = await look(run);
  }
  return seen;
}

async function repair(run: Run, { heals, decide, unobserved }: Watched): Promise<void> {
  if (heals.engine !== undefined) return ensureEngine(run); // what runs on it is seen by the next look
  const stack = run.ownsStack
    ? await run.step('quick', 'the stack file to be read', (host) => host.readStack(run.ref))
    : undefined;
  const { container: stopped = [] } = heals;
  const all = stack?.services ?? [];
  const isLeft = (name: string) => decide.includes(name);
  // nor does one run that stands on what somebody has to decide on
  const mayChange = all.filter(({ name }) => !isLeft(name) && !dependenciesOf(all, name).some(isLeft));
  const lasting = mayChange.filter(({ profiles }) => profiles.length === 0).map(({ name }) => name);
  const ground = { services: all, needed: lasting };
  const own = mayChange.filter(({ name, profiles }) => profiles.length === 0 && stopped.includes(name));
  if (own.length > 0) {
    // it makes volumes too, and whose data is lost is for somebody to say
    if (decide.length === 0)
      run.note(
        (
          await standing(run, ENGINE_ONLY, (limits) =>
            run.step('service', 'the network', (host) => host.ensureNetwork(run.ref), limits),
          )
        ).changes,
      );
    for (const wave of startOrder(all))
      await Promise.all(
        own
          .filter(({ name }) => wave.includes(name))
          .map((service) => standing(run, ground, (limits) => ensureOne(run, service, limits))),
      );
  }
  // one that was just started is seen by the next look
  if (unobserved.first.some((line) => line.startsWith('infisical:'))) return;
  if (heals.identity !== undefined) await provision(run, ground);
  if (heals.secret !== undefined) await seed(run, ground);
  const runtime = mayChange.filter(({ profiles }) => profiles.length > 0);
  if (heals['node file'] === undefined && !runtime.some(({ name }) => stopped.includes(name))) return;
  await prefetch(run, ground, 'keep');
  await startRuntime(run, stack && { ...stack, services: runtime });
}

/**
 * Repairs as the environment's only writer. Where another run is under way, or the repair fails, that is told: what a watch
 * saw stands, and its next look sees what came of it.
 */
export async function healUnderLock(run: Run, seen: Watched): Promise<{ seen: Watched; note: string }> {
  const { environment, service, required } = run.ref;
  const workflowId = bootstrapWorkflowId(environment);
  try {
    const repairing = () =>
      executeChild<typeof heal>('heal', {
        workflowId,
        args: [
          { environment, ...present({ service, required }) },
          { restarts: 0, changes: listed([]), startedBy: run.startedBy },
        ],
        staticSummary: `repair ${environment}`,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      });
    const { changes, ...after } = await inTurn(run, workflowId, () =>
      run.awaiting(`${workflowId} to repair`, repairing),
    );
    run.note(changes.first);
    return { seen: after, note: `${changes.count} repaired, ${inWords(after)}` };
  } catch (error) {
    if (isCancellation(error)) throw error;
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      return { seen, note: `not repaired: ${workflowId} is under way` };
    return { seen, note: `not repaired: ${phaseFailure(error).message}` };
  }
}
