import type { Choices } from '../contracts/run/run-ref';
import type { Listed, Outcome } from '../contracts/run/summaries';
import { asWriter, type Carried } from './one-writer';
import { note } from './phase-notes';
import { startInfrastructure } from './phases/infrastructure';
import { prefetch } from './phases/prefetch';
import { preflight } from './phases/preflight';
import { startRuntime } from './phases/runtime';
import { end, missingOf, outcomeOf } from './report';

/** What a host that joined has of a run. */
export interface HostShare {
  outcome: Outcome;
  changes: Listed;
  /** Whether it has forgotten the environment. */
  hasLeft?: true;
}

/** On a host that joined: takes what its home orders, then its nodes' configuration and the services that run them. */
export function serveHost(input: Choices = {}, carried?: Carried): Promise<HostShare> {
  return asWriter(input, carried, ['preflight', 'infrastructure', 'prefetch', 'runtime'], async (run) => {
    const { order } = input;
    if (order !== undefined) {
      run.addPhase('order', 'preflight');
      const { changes, hasLeft } = await run.phase(
        'order',
        () => run.step('infisical', 'the home’s order to be taken', (host) => host.takeOrder(run.ref, order)),
        ({ changes }) => changes.join(', ') || 'nothing to take',
      );
      run.note(changes);
      if (hasLeft) {
        run.finish('complete', `${run.ref.environment} is not of this host any more`);
        return { outcome: 'complete', changes: run.changes, hasLeft };
      }
    }
    const { contracts, ...found } = await run.phase('preflight', () => preflight(run), note.preflight);
    const services = await run.phase('infrastructure', () => startInfrastructure(run, found), note.services);
    const nodes = await run.phase('prefetch', () => prefetch(run, undefined), note.prefetch);
    const runtime = await run.phase('runtime', () => startRuntime(run, found.stack), note.runtime);
    const outcome = outcomeOf(run, undefined, nodes, false, contracts.unread > 0);
    const result = { outcome, changes: run.changes };
    await run.step('files', 'the report', (host) =>
      host.keepReport(run.ref, { ...result, contracts, services, nodes, runtime }),
    );
    end(run, outcome, missingOf({ nodes }), result);
    return result;
  });
}
