import { present } from '../contracts/core/record';
import type { HostsSummary } from '../contracts/run/summaries';
import type { BootstrapReport } from '../contracts/run/summaries';
import type { Choices } from '../contracts/run/run-ref';
import { Gate, planChanges } from './approval';
import { note } from './phase-notes';
import { startInfrastructure } from './phases/infrastructure';
import { ensureEngine, preflight } from './phases/preflight';
import { serveHosts } from './phases/hosts';
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
  return asWriter(input, carried, PHASES, (run) => allPhases(run, input));
}

/** The hosts that joined, where there are any. */
async function others(run: Run, input: Choices): Promise<HostsSummary | undefined> {
  if (run.start.hosts !== true) return undefined;
  run.addPhase('hosts');
  return run.phase('hosts', () => serveHosts(run, input), note.hosts);
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'fulfilled') return settled.value;
  throw settled.reason;
}

/** Every phase from the machine to the services. */
export async function allPhases(run: Run, input: Choices): Promise<BootstrapReport> {
  const { contracts, ...found } = await run.phase('preflight', () => preflight(run), note.preflight);
  const { stack } = found;
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
    () => startInfrastructure(run, found),
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
  const start = () => run.phase('runtime', () => startRuntime(run, stack), note.runtime);
  const own = async () => {
    const nodes = await run.phase('prefetch', () => prefetch(run, ground), note.prefetch);
    return { nodes, runtime: await start() };
  };
  // what fails here holds up no other host, and the other way round
  const [here, hosts] = await Promise.allSettled([own(), others(run, input)]);
  const { nodes, runtime } = valueOf(here);
  const results = {
    contracts,
    services,
    identity,
    seed: seeded,
    nodes,
    runtime,
    ...present({ hosts: valueOf(hosts) }),
  };
  return report(run, results, async () => {
    await standing(run, ground, () => restore(run, ground));
    return start();
  });
}
