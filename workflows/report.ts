import { isPartial } from '../contracts/report/is-partial';
import type { BootstrapReport, RuntimeRow } from '../contracts/report/bootstrap-report';
import type { NodeRow } from '../contracts/report/node-row';
import type { IdentityFacts, RequirementsOutline } from '../contracts/report/outlines';
import type { SeedReport } from '../contracts/report/seed-report';
import type { Infrastructure } from './phases/infrastructure';
import type { Run } from './run';

interface Results {
  contracts: RequirementsOutline;
  infra: Infrastructure;
  identity: IdentityFacts | undefined;
  seeded: SeedReport;
  nodes: NodeRow[];
  runtime: RuntimeRow[];
}

/** The result of a bootstrap, and its outcome as the workflow's last search attribute. */
export function report(run: Run, results: Results): BootstrapReport {
  const { settings } = run;
  const { contracts, infra, identity, seeded, nodes, runtime } = results;
  const missing = isPartial(seeded, nodes);
  const outcome = settings.dryRun ? 'dry run' : missing ? 'partial' : 'complete';
  run.finish(outcome);
  return {
    environment: settings.environment,
    outcome,
    changes: run.changes,
    infisical:
      infra.address === ''
        ? undefined
        : { address: infra.address, generation: identity?.generation ?? 'unknown', ...projectOf(identity) },
    services: infra.services,
    contracts,
    seed: seeded,
    nodes,
    runtime,
    files: { runtimeEnv: settings.runtimeEnvFile, nodesDir: settings.nodesDir },
    warnings: [...run.warnings, ...seeded.warnings],
  };
}

function projectOf(identity: IdentityFacts | undefined): { projectId?: string } {
  return identity === undefined ? {} : { projectId: identity.projectId };
}
