import { isPartial } from '../contracts/report/is-partial';
import type { NodeRow } from '../contracts/report/node-row';
import type { BootstrapInput } from '../contracts/settings/bootstrap-input';
import { prefetch } from './phases/prefetch';
import { note } from './phase-notes';
import { Run } from './run';

/** The prefetch phase alone; without an Infisical it serves nodes from the environment. */
export async function prefetchNodes(input: BootstrapInput = {}): Promise<NodeRow[]> {
  const run = await Run.start(input, ['prefetch']);
  const nodes = await run.phase('prefetch', () => prefetch(run), note.prefetch);
  run.finish(isPartial(undefined, nodes) ? 'partial' : 'complete');
  return nodes;
}
