import { isPartial } from '../contracts/report/is-partial';
import type { NodeRow } from '../contracts/report/node-row';
import type { BootstrapInput } from '../contracts/settings/bootstrap-input';
import { asWriter } from './as-writer';
import { prefetch } from './phases/prefetch';
import { note } from './phase-notes';

/** The prefetch phase alone; without an Infisical it serves nodes from the environment. */
export function prefetchNodes(input: BootstrapInput = {}): Promise<NodeRow[]> {
  return asWriter(input, ['prefetch'], async (run) => {
    const nodes = await run.phase('prefetch', () => prefetch(run), note.prefetch);
    run.finish(isPartial(undefined, nodes) ? 'partial' : 'complete');
    return nodes;
  });
}
