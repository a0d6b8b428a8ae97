import type { HostsSummary } from '../contracts/run/summaries';
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
  hosts: ({ hosts, served, trouble }: HostsSummary) =>
    trouble.count === 0
      ? `${served} served`
      : `${served} of ${hosts} served; ${trouble.first.slice(0, 3).join('; ')}`,
  runtime: (rows: RuntimeRow[]) => servicesNote(rows),
  services: (rows: ServiceRow[]) => servicesNote(rows),
};

const servicesNote = (rows: readonly Pick<ServiceRow, 'name' | 'action'>[]) =>
  rows.map(({ name, action }) => `${name} ${action}`).join(', ') || 'no services';

function contractsNote({ files, keys, problems }: RequirementsSummary): string {
  return `${files} contracts, ${keys} keys, ${problems.count} problems`;
}
