import type { Client, WorkflowHandle } from '@temporalio/client';
import { bootstrapWorkflowId, TASK_QUEUE } from '../../../contracts/core/names';
import { fakeHost, fakeShared } from '../fake-activities';
import { HeldStep } from '../held-step';
import type { Place } from '../places';
import type { Scenario } from './scenarios';

const RUN_TIMEOUT = '2m'; // a workflow that cannot go on must not hold the recording up

/** A scenario's activities, and the play itself: it ends as the scenario says, or this fails. */
export interface Play {
  scenario: Scenario;
  place: Place;
  run: (client: Client) => Promise<WorkflowHandle>;
}

export function playOf(scenario: Scenario): Play {
  const step = scenario.byHand === 'held' ? 'checkState' : scenario.cancelledIn;
  const held =
    step === undefined ? undefined : new HeldStep(step, scenario.failsThen ? 'failed' : 'cancelled');
  const shared = fakeShared(scenario.settings);
  const host = fakeHost([], scenario.host);
  const place = { shared: held?.in(shared) ?? shared, host: held?.in(host) ?? host };
  return { scenario, place, run: (client) => run(client, scenario, held) };
}

async function run(client: Client, scenario: Scenario, held: HeldStep | undefined): Promise<WorkflowHandle> {
  const { type, name, byHand } = scenario;
  const start = (workflowId: string) =>
    client.workflow.start(type, {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [{ ...scenario.input, environment: name }],
      workflowRunTimeout: RUN_TIMEOUT,
    });
  const lock = bootstrapWorkflowId(name);
  const holder = byHand === 'held' ? await start(lock) : undefined;
  if (holder !== undefined) await held?.reached;
  const handle = await start(byHand === undefined ? lock : `by-hand/${name}`);
  if (scenario.cancelledIn !== undefined) {
    await held?.reached;
    await handle.cancel();
  }
  await handle.result().catch(() => undefined);
  await holder?.cancel();
  const { status } = await handle.describe();
  if (status.name !== scenario.ends) throw new Error(`${name} ended ${status.name}, not ${scenario.ends}`);
  return handle;
}
