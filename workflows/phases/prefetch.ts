import type { NodeRow } from '../../contracts/report/node-row';
import type { Run } from '../run';

/** Every node's configuration in its file; a node that lacks a required key is withheld, the others are served. */
export async function prefetch(run: Run): Promise<NodeRow[]> {
  const rows = await run.host('prefetchNodes', 'batch', 'the configuration of every node')(run.settings);
  const written = rows.filter(({ file }) => file === 'written').length;
  if (written > 0) run.note([`wrote the configuration of ${written} nodes`]);
  return rows;
}
