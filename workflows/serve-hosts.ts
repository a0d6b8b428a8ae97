import type { HostsSummary } from '../contracts/run/summaries';
import type { Choices } from '../contracts/run/run-ref';
import type { Outcome } from '../contracts/run/summaries';
import { asWriter, type Carried } from './one-writer';
import { note } from './phase-notes';
import { serveHosts as serveAll } from './phases/hosts';
import { end } from './report';

/** The shares of the hosts that joined, alone: all of them, or those that are named. */
export function serveHosts(
  input: Choices = {},
  carried?: Carried,
): Promise<HostsSummary & { outcome: Outcome }> {
  return asWriter(input, carried, ['hosts'], async (run) => {
    const hosts = await run.phase('hosts', () => serveAll(run, input), note.hosts);
    const outcome: Outcome = hosts.trouble.count > 0 ? 'partial' : 'complete';
    end(run, outcome, hosts.trouble.first, { ...hosts, outcome });
    return { ...hosts, outcome };
  });
}
