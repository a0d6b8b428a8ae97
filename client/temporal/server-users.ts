import type { Client } from '@temporalio/client';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { someOf } from '../../contracts/core/some-of';
import { TASK_QUEUE, lookupQueue } from '../../contracts/core/names';
import { ifThere } from '../../environment/files/system';
import type { Host } from '../../environment/host';
import { hasEnded } from '../../environment/process-identity';

const [WORKFLOWS, ACTIVITIES] = [1, 2]; // temporal.api.enums.v1.TaskQueueType

/** Says that an environment was brought up by the embedded server, and not taken down since. */
const markOf = (stateDir: string) => join(stateDir, 'up');

export const noteUse = (stateDir: string) => writeFile(markOf(stateDir), '', { mode: 0o600 });
export const forgetUse = (stateDir: string) => rm(markOf(stateDir), { force: true });

/** What else needs the embedded Temporal server, in words: environments, runs, schedules, workers. */
export async function serverUsers(client: Client, host: Host, except: string | undefined): Promise<string[]> {
  const environments = await host.environments();
  const others = await Promise.all(
    environments
      .filter((name) => name !== except)
      .map(async (name) => ((await ifThere(stat(markOf(host.stateDirOf(name))))) ? [`${name} uses it`] : [])),
  );
  const { count } = await client.workflow.count(`ExecutionStatus = 'Running'`);
  const schedules: string[] = [];
  for await (const { scheduleId } of client.schedule.list()) schedules.push(scheduleId);
  const queues = await Promise.all(
    environments.map(async (name) => [lookupQueue(name), await host.queueOf(name)]),
  );
  const workers = await workersOn(client, [TASK_QUEUE, ...queues.flat()]);
  return [
    ...others.flat(),
    ...(count > 0 ? [count === 1 ? 'a run is under way' : `${count} runs are under way`] : []),
    ...(schedules.length > 0 ? [`it has the schedule ${someOf(schedules)}`] : []),
    ...workers.map((identity) => `the worker ${identity.split(' ')[0]} is connected`),
  ];
}

/** Identities of workers that poll one of the queues and live. The server remembers them for minutes after their end. */
async function workersOn({ workflowService, options }: Client, queues: readonly string[]): Promise<string[]> {
  const asked = queues.flatMap((name) =>
    [WORKFLOWS, ACTIVITIES].map((taskQueueType) =>
      workflowService.describeTaskQueue({
        namespace: options.namespace,
        taskQueue: { name },
        taskQueueType,
      }),
    ),
  );
  const identities = (await Promise.all(asked)).flatMap(({ pollers }) =>
    (pollers ?? []).map(({ identity }) => identity ?? ''),
  );
  return [...new Set(identities)].filter((identity) => !hasEnded(identity));
}
