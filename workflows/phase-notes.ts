import type { NodeRow } from '../contracts/report/node-row';
import type { IdentityFacts, RequirementsOutline } from '../contracts/report/outlines';
import type { RuntimeRow } from '../contracts/report/bootstrap-report';
import type { SeedReport } from '../contracts/report/seed-report';
import type { Infrastructure } from './phases/infrastructure';
import type { Preflight } from './phases/preflight';

/** How each phase ended, in a few words. */
export const note = {
  preflight: ({ contracts }: Preflight) => contractsNote(contracts),
  contracts: contractsNote,
  infrastructure: ({ services, address }: Infrastructure) =>
    services.length === 0 ? address : services.map(({ name, action }) => `${name} ${action}`).join(', '),
  identity: ({ generation, projectId }: IdentityFacts) => `project ${projectId} (${generation})`,
  seed: ({ counts, written }: SeedReport) =>
    `${written} written, ${counts.UNCHANGED} unchanged, ${counts.KEPT} kept, ${counts.MISSING} missing`,
  prefetch: (nodes: NodeRow[]) => {
    const withheld = nodes.filter(({ file }) => file === 'withheld').length;
    return `${nodes.length - withheld} nodes configured, ${withheld} withheld`;
  },
  runtime: (rows: RuntimeRow[]) =>
    rows.map(({ name, action }) => `${name} ${action}`).join(', ') || 'no services',
};

function contractsNote({ files, keys, problems }: RequirementsOutline): string {
  return `${files} contracts, ${keys} keys, ${problems.length} problems`;
}
