import { Context } from '@temporalio/activity';
import type { EnvironmentActivities } from '../../activities';
import { parseChoices } from '../../activities/start';
import type { HostOutcome } from '../../contracts/run/hosts';
import type { HostsSummary } from '../../contracts/run/summaries';
import { fakeHost, QUEUE, runStart } from '../support/fake-activities';
import { startRun } from '../support/runs';
import type { TestTemporal } from '../support/temporal';

export interface Fleet {
  /** Names of hosts; one that is `away` has no worker. */
  hosts: { name: string; away?: true; isLeaving?: true; isForgotten?: true }[];
  pageOf?: number;
  host?: Partial<EnvironmentActivities>;
  type?: 'serveHosts' | 'bootstrap' | 'rotate';
  input?: object;
}

/** Plays home and hosts: all of them poll one queue. */
export async function servePlayed(
  temporal: TestTemporal,
  { hosts, pageOf = 100, host = {}, type = 'serveHosts', input = {} }: Fleet,
) {
  const calls: string[] = [];
  const noted: Record<string, HostOutcome> = {};
  const of = ({ workflowExecution }: { workflowExecution?: { workflowId: string } }) =>
    workflowExecution?.workflowId.split('/')[2] ?? '';
  const activities = fakeHost(calls, {
    hostsToServe: (_run, after) => {
      const rest = hosts.filter(({ name }) => name > after);
      const page = rest.slice(0, pageOf).map(({ name, away, isLeaving, isForgotten }) => ({
        name,
        queue: away ? 'onex-bootstrap/test@nobody' : QUEUE,
        isLeaving: isLeaving ?? false,
        isForgotten: isForgotten ?? false,
      }));
      return Promise.resolve({
        hosts: page,
        ...(rest.length > pageOf && { next: page.at(-1)!.name }),
      });
    },
    presence: () => Promise.resolve({ holds: 'secret-1' }),
    hostOrder: () => Promise.resolve({ changes: [] }),
    takeOrder: () => Promise.resolve({ changes: ['took it'], hasLeft: false }),
    noteHosts: (_run, ended) => {
      for (const [name, outcome] of ended) noted[name] = outcome;
      return Promise.resolve();
    },
    ...host,
  });
  const startRunOf = (given: unknown) => {
    const { info } = Context.current();
    const start = runStart(parseChoices(given));
    return Promise.resolve(
      info.workflowType === 'serveHost'
        ? {
            ...start,
            infrastructure: 'external' as const,
            joined: { name: of(info), hasServices: false },
          }
        : { ...start, hosts: true as const },
    );
  };
  const { result, handle } = await temporal.withWorkers(
    { start: { startRun: startRunOf }, host: activities },
    async () => {
      const handle = await startRun(temporal.client, { type, input });
      const result = (await handle.result().catch((error: unknown) => error)) as HostsSummary;
      return { result, handle };
    },
  );
  return { result, handle, calls, noted };
}
