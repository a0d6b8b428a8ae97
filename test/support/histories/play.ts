import type { Client, WorkflowHandle } from '@temporalio/client';
import { bootstrapWorkflowId } from '../../../contracts/core/names';
import { fakeHost, fakeStart, QUEUE } from '../fake-activities';
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
  const step = scenario.byHand === 'held' ? 'checkMachine' : scenario.cancelledIn;
  const held =
    step === undefined ? undefined : new HeldStep(step, scenario.failsThen ? 'failed' : 'cancelled');
  const start = fakeStart(scenario.start);
  const host = fakeHost([], scenario.host?.());
  const place = { start: held?.in(start) ?? start, host: held?.in(host) ?? host };
  return { scenario, place, run: (client) => run(client, scenario, held) };
}

async function run(client: Client, scenario: Scenario, held: HeldStep | undefined): Promise<WorkflowHandle> {
  const { type, name, byHand } = scenario;
  const start = (workflowId: string) =>
    client.workflow.start(type, {
      workflowId,
      taskQueue: QUEUE,
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
  if (scenario.approves !== undefined) await approve(handle, scenario.approves);
  await handle.result().catch(() => undefined);
  await holder?.cancel();
  // one that started over is of interest itself, not the run that came after it
  const first = client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
  const { status } = await first.describe();
  if (status.name !== scenario.ends) throw new Error(`${name} ended ${status.name}, not ${scenario.ends}`);
  return first;
}

/** As soon as the plan waits: an update before that is refused. */
async function approve(handle: WorkflowHandle, digest: string): Promise<void> {
  for (;;) {
    const done = await handle.executeUpdate('approve', { args: [{ digest }] }).then(
      () => true,
      () => false,
    );
    if (done) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
