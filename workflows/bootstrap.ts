import type { BootstrapReport } from '../contracts/report/bootstrap-report';
import type { BootstrapInput } from '../contracts/settings/bootstrap-input';
import { asWriter } from './as-writer';
import { startInfrastructure } from './phases/infrastructure';
import { preflight } from './phases/preflight';
import { prefetch } from './phases/prefetch';
import { provision } from './phases/provision';
import { startRuntime } from './phases/runtime';
import { seed } from './phases/seed';
import { note } from './phase-notes';
import { report } from './report';
import type { Run } from './run';

/** From a bare machine to running services; every step is an ensure, so any number of runs end in the same state. */
export function bootstrap(input: BootstrapInput = {}): Promise<BootstrapReport> {
  return asWriter(
    input,
    ['preflight', 'infrastructure', 'identity', 'seed', 'prefetch', 'runtime'],
    allPhases,
  );
}

async function allPhases(run: Run): Promise<BootstrapReport> {
  const { contracts, stack } = await run.phase('preflight', () => preflight(run), note.preflight);
  const infra = await run.phase('infrastructure', () => startInfrastructure(run, stack), note.infrastructure);
  if (run.settings.dryRun) return dryRun(run, contracts, infra);
  const identity = await run.phase('identity', () => provision(run, infra.address), note.identity);
  const seeded = await run.phase('seed', () => seed(run), note.seed);
  const nodes = await run.phase('prefetch', () => prefetch(run), note.prefetch);
  const runtime = await run.phase('runtime', () => startRuntime(run, stack, nodes), note.runtime);
  return report(run, { contracts, infra, identity, seeded, nodes, runtime });
}

/** Plans the secrets and changes nothing; a server that is not there yet counts as empty. */
async function dryRun(
  run: Run,
  contracts: BootstrapReport['contracts'],
  infra: { services: BootstrapReport['services']; address: string },
): Promise<BootstrapReport> {
  const seeded = await run.phase('seed', () => seed(run), note.seed);
  return report(run, { contracts, infra, identity: undefined, seeded, nodes: [], runtime: [] });
}
