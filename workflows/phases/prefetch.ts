import type { NodesSummary } from '../../contracts/run/summaries';
import type { Run } from '../run';
import { standing, type Ground } from './recovery';

/**
 * Every node's configuration in its file; a node that lacks a required key is withheld, the others are served. Files of
 * withheld and of undeclared nodes are removed, unless they are to be kept.
 */
export async function prefetch(run: Run, ground: Ground | undefined, others?: 'keep'): Promise<NodesSummary> {
  const nodes = await standing(run, ground, (limits) =>
    run.step(
      'batch',
      'the configuration of every node',
      (host) => host.prefetchNodes(run.ref, ...(others === undefined ? [] : [others])),
      limits,
    ),
  );
  if (nodes.written > 0) run.note([`wrote the configuration of ${nodes.written} nodes`]);
  const { count, first } = nodes.removed;
  if (count > 0) {
    const more = count > first.length ? ` and ${count - first.length} more` : '';
    run.note([`removed the configuration of ${first.join(', ')}${more}`]);
  }
  return nodes;
}
