import { partial, refused } from '../contracts/core/failures';
import {
  MOST_NAMES,
  lacksRequired,
  type BootstrapReport,
  type HostsSummary,
  type IdentityFacts,
  type NodesSummary,
  type Outcome,
  type PlanSummary,
  type RequirementsSummary,
  type RuntimeRow,
  type ServiceRow,
  type PendingPlan,
} from '../contracts/run/summaries';
import type { Run } from './run';

interface Results {
  contracts: RequirementsSummary;
  services: ServiceRow[];
  identity: IdentityFacts | undefined;
  seed: PlanSummary;
  pending?: PendingPlan;
  nodes: NodesSummary | undefined;
  runtime: RuntimeRow[];
  /** The hosts that joined, where there are any. */
  hosts?: HostsSummary;
}

const MOST_LOOKS = 5;

/**
 * The end of a bootstrap: its report is kept on the host, its outcome is told, and what lacks something required fails.
 * A service that died since it was started is brought back by `again`: no run reports what does not run any more.
 */
export async function report(
  run: Run,
  results: Results,
  again: () => Promise<RuntimeRow[]> = () => Promise.resolve(results.runtime),
): Promise<BootstrapReport> {
  let { runtime } = results;
  for (let looks = 1; ; looks++) {
    const content = contentOf(run, { ...results, runtime });
    const { lost = [], ...kept } = await run.step('files', 'the report', (host) =>
      host.keepReport(run.ref, content),
    );
    if (lost.length === 0) {
      const whole: BootstrapReport = { ...content, report: kept };
      end(run, content.outcome, missingOf(results), whole);
      return whole;
    }
    if (looks === MOST_LOOKS)
      throw refused(`${lost.join(', ')} ended again after every start: look at the log of that container.`);
    runtime = await again();
  }
}

function contentOf(run: Run, { identity, ...results }: Results): Omit<BootstrapReport, 'report'> {
  const { contracts, services, seed, nodes } = results;
  const infrastructurePending = services.some(({ action }) => action !== 'kept');
  const isLacking = contracts.unread > 0 || (results.hosts?.trouble.count ?? 0) > 0;
  const outcome = outcomeOf(run, seed, nodes, infrastructurePending, isLacking);
  return {
    environment: run.ref.environment,
    outcome,
    changes: run.changes,
    infisical: identity,
    ...results,
  };
}

/** Ends a run with its outcome; a partial one fails with its result, unless the caller allows it. */
export function end(run: Run, outcome: Outcome, missing: readonly string[], result: unknown): void {
  const { environment } = run.ref;
  const next = {
    complete: `to see what runs: onex-bootstrap status -e ${environment}`,
    'in step': `nothing to do; to see what runs: onex-bootstrap status -e ${environment}`,
    'changes pending': `to make the changes: onex-bootstrap up -e ${environment}`,
    partial: `give what is missing, then run onex-bootstrap up -e ${environment}; the full report: onex-bootstrap report -e ${environment}`,
  }[outcome];
  run.finish(outcome, next, missing);
  if (outcome !== 'partial' || run.allowsPartial || run.ref.dryRun) return;
  const lacking = missing.length === 0 ? 'a contract cannot be read, see its problems' : missing.join('; ');
  throw partial(`${environment} is partly up: ${lacking}. Next: ${next}`, result);
}

export function outcomeOf(
  run: Run,
  seed: PlanSummary | undefined,
  nodes: NodesSummary | undefined,
  pending: boolean,
  unread: boolean,
): Outcome {
  if (run.ref.dryRun) return pending || (seed?.writes.count ?? 0) > 0 ? 'changes pending' : 'in step';
  return lacksRequired(seed, nodes) || unread ? 'partial' : 'complete';
}

/** The first names of what is required and not there. */
export function missingOf({
  seed,
  nodes,
  hosts,
}: {
  seed?: PlanSummary;
  nodes?: NodesSummary | undefined;
  hosts?: HostsSummary;
}): string[] {
  const [keys, withheld] = [seed?.missing.required.first ?? [], nodes?.withheld.first ?? []];
  const lacking = [
    ...keys.map((name) => `missing: ${name}`),
    ...withheld.map((name) => `withheld: ${name}`),
    ...(hosts?.trouble.first ?? []).map((line) => `host ${line}`),
  ];
  return lacking.slice(0, MOST_NAMES);
}
