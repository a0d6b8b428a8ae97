import type {
  IdentityFacts,
  NodesSummary,
  PlanSummary,
  RequirementsSummary,
  RuntimeRow,
  ServiceRow,
} from '../contracts/run/summaries';
import type { Preflight } from './phases/preflight';

/** How each phase ended, in a few words. */
export const note = {
  preflight: ({ contracts }: Preflight) => contractsNote(contracts),
  contracts: contractsNote,
  infrastructure: (services: ServiceRow[]) =>
    services.map(({ name, action }) => `${name} ${action}`).join(', ') || 'somebody else runs Infisical',
  identity: ({ generation, projectId }: IdentityFacts) => `project ${projectId} (${generation})`,
  seed: ({ counts, written }: PlanSummary) =>
    `${written} written, ${counts.UNCHANGED} unchanged, ${counts.KEPT} kept, ${counts.MISSING} missing`,
  prefetch: ({ nodes, withheld }: NodesSummary) =>
    `${nodes - withheld.count} nodes configured, ${withheld.count} withheld`,
  runtime: (rows: RuntimeRow[]) =>
    rows.map(({ name, action }) => `${name} ${action}`).join(', ') || 'no services',
};

function contractsNote({ files, keys, problems }: RequirementsSummary): string {
  return `${files} contracts, ${keys} keys, ${problems.count} problems`;
}
