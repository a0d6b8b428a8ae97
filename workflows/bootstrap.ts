import type { BootstrapReport } from '../contracts/run/summaries';
import type { Choices } from '../contracts/run/run-ref';
import { Gate, planChanges } from './approval';
import { note } from './phase-notes';
import { startInfrastructure } from './phases/infrastructure';
import { ensureEngine, preflight } from './phases/preflight';
import { prefetch } from './phases/prefetch';
import { provision } from './phases/provision';
import { restore, standing, wholeStack } from './phases/recovery';
import { startRuntime } from './phases/runtime';
import { seed } from './phases/seed';
import { asWriter, type Carried } from './one-writer';
import { report } from './report';
import type { Run } from './run';

/** The phases of a whole run, in order. */
export const PHASES = ['preflight', 'infrastructure', 'identity', 'seed', 'prefetch', 'runtime'];

/** From a bare machine to running services; every step is an ensure, so any number of runs end in the same state. */
export function bootstrap(input: Choices = {}, carried?: Carried): Promise<BootstrapReport> {
  return asWriter(input, carried, PHASES, allPhases);
}

/** Every phase from the machine to the services. */
export async function allPhases(run: Run): Promise<BootstrapReport> {
  const { contracts, stack } = await run.phase('preflight', () => preflight(run), note.preflight);
  const ground = wholeStack(stack?.services ?? []);
  const gate = run.approval === undefined ? undefined : new Gate(run, run.approval);
  if (gate !== undefined) {
    run.addPhase('approval', 'infrastructure');
    await run.phase(
      'approval',
      () => gate.open(),
      (note) => note,
    );
    if (stack !== undefined) await ensureEngine(run);
  }
  const services = await run.phase(
    'infrastructure',
    () => startInfrastructure(run, stack),
    note.infrastructure,
  );
  if (run.ref.dryRun) {
    // changes nothing; a server that is not there yet counts as empty
    const planned = await run.phase('seed', () => seed(run, ground), note.seed);
    return report(run, {
      contracts,
      services,
      seed: planned,
      pending: await planChanges(run, planned.planId),
      identity: undefined,
      nodes: undefined,
      runtime: [],
    });
  }
  const identity = await run.phase('identity', () => provision(run, ground), note.identity);
  const seeded = await run.phase('seed', () => seed(run, ground, gate), note.seed);
  const nodes = await run.phase('prefetch', () => prefetch(run, ground), note.prefetch);
  const start = () => run.phase('runtime', () => startRuntime(run, stack), note.runtime);
  const runtime = await start();
  return report(run, { contracts, services, identity, seed: seeded, nodes, runtime }, async () => {
    await standing(run, ground, () => restore(run, ground));
    return start();
  });
}
