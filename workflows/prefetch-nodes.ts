import type { Choices } from '../contracts/run/run-ref';
import type { NodesSummary, Outcome } from '../contracts/run/summaries';
import { asWriter, type Carried } from './one-writer';
import { note } from './phase-notes';
import { prefetch } from './phases/prefetch';
import { end, missingOf, outcomeOf } from './report';

/** The prefetch phase alone; without an Infisical it serves nodes from the environment. */
export function prefetchNodes(
  input: Choices = {},
  carried?: Carried,
): Promise<NodesSummary & { outcome: Outcome }> {
  return asWriter(input, carried, ['prefetch'], async (run) => {
    const nodes = await run.phase('prefetch', () => prefetch(run, undefined), note.prefetch);
    const outcome = outcomeOf(run, undefined, nodes, false, nodes.kept.count > 0);
    end(run, outcome, missingOf({ nodes }), { ...nodes, outcome });
    return { ...nodes, outcome };
  });
}
