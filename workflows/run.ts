import {
  CancelledFailure,
  CancellationScope,
  isCancellation,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { HostActivities } from '../activities/host-activities';
import type { SharedActivities } from '../activities/shared-activities';
import type { BootstrapInput } from '../contracts/settings/bootstrap-input';
import type { Settings } from '../contracts/settings/settings';
import { hostTaskQueue } from '../contracts/core/names';
import { progressQuery } from './messages';
import { phaseFailure } from './phase-failure';
import { onHost, policies, type Policy } from './policies';
import { progressDetails, type PhaseState, type Progress } from './progress';

const phaseKey = defineSearchAttributeKey('BootstrapPhase', 'KEYWORD');
const environmentKey = defineSearchAttributeKey('BootstrapEnvironment', 'KEYWORD');
const outcomeKey = defineSearchAttributeKey('BootstrapOutcome', 'KEYWORD');

type Activity = (...args: never[]) => Promise<unknown>;
type HostActivity = keyof HostActivities;

/** One run of a workflow: its settings, its progress for whoever looks, and its way to activities. */
export class Run {
  readonly changes: string[] = [];
  readonly warnings: string[] = [];
  #phases: { name: string; phase: PhaseState }[];
  #waiting: string[] = [];

  private constructor(
    readonly settings: Settings,
    phases: string[],
  ) {
    this.#phases = phases.map((name) => ({ name, phase: { state: 'pending' } }));
  }

  /** Settles the settings on the shared queue, so that any worker can answer for its own defaults. */
  static async start(input: BootstrapInput, phases: string[]): Promise<Run> {
    const { resolveSettings } = proxyActivities<SharedActivities>(policies.quick);
    const settings = await resolveSettings
      .executeWithOptions({ summary: 'input over the worker’s defaults' }, [input])
      .catch((error: unknown) => {
        throw cancellationOf(error) ?? phaseFailure(error);
      });
    const run = new Run(settings, phases);
    setHandler(progressQuery, () => run.progress(), { description: 'phases, what is waited for, changes' });
    run.#upsert([{ key: environmentKey, value: settings.environment }]);
    return run;
  }

  progress(): Progress {
    return {
      environment: this.settings.environment,
      phases: this.#phases,
      waitingFor: this.#waiting.at(-1),
      changes: this.changes,
    };
  }

  /** Shows one other workflow in place of phases: what is asked for happens there. */
  follow(workflowId: string): void {
    this.#phases = [{ name: workflowId, phase: { state: 'pending' } }];
    this.#wait([`${workflowId} to end`]);
  }

  /** Runs one phase and shows its state; `note` tells in a few words how it ended. */
  async phase<T>(name: string, work: () => Promise<T>, note: (result: T) => string): Promise<T> {
    this.#upsert([{ key: phaseKey, value: name }]);
    this.#set(name, { state: 'running', waitingFor: 'starting' });
    try {
      const result = await work();
      this.#set(name, { state: 'done', note: note(result) });
      return result;
    } catch (error) {
      const cancellation = cancellationOf(error);
      if (cancellation !== undefined) {
        this.#set(name, { state: 'cancelled' });
        this.finish('cancelled');
        throw cancellation;
      }
      const failure = phaseFailure(error);
      this.#set(name, { state: 'failed', reason: failure.message });
      this.finish('failed');
      throw failure;
    }
  }

  /** An activity on the settings' host; `waitingFor` is shown while it runs, and as its one-line summary. */
  host<K extends HostActivity>(name: K, policy: Policy, waitingFor: string) {
    const proxy = proxyActivities<Record<string, Activity>>({
      ...onHost(policy),
      taskQueue: hostTaskQueue(this.settings.host),
      summary: waitingFor,
    });
    return this.#shown(proxy[name] as unknown as HostActivities[K], waitingFor);
  }

  /** An activity that any worker may do. */
  shared<K extends keyof SharedActivities>(name: K, policy: Policy, waitingFor: string) {
    const proxy = proxyActivities<Record<string, Activity>>({ ...policies[policy], summary: waitingFor });
    return this.#shown(proxy[name] as unknown as SharedActivities[K], waitingFor);
  }

  /** Notes changes that an activity made; an empty list is a step that found everything in place. */
  note(changes: string[]): void {
    this.changes.push(...changes);
  }

  finish(outcome: string): void {
    this.#upsert([{ key: outcomeKey, value: outcome }]);
    setCurrentDetails(progressDetails(this.progress()));
  }

  #shown<F extends Activity>(activity: F, waitingFor: string): F {
    const shown = async (...args: Parameters<F>) => {
      this.#wait([...this.#waiting, waitingFor]);
      try {
        return await activity(...args);
      } finally {
        this.#wait(this.#waiting.filter((entry) => entry !== waitingFor));
      }
    };
    return shown as F;
  }

  #wait(waiting: string[]): void {
    this.#waiting = waiting;
    const running = this.#phases.find(({ phase }) => phase.state === 'running');
    const waitingFor = waiting.length === 0 ? undefined : `waiting for ${waiting.join(', ')}`;
    if (running !== undefined && waitingFor !== undefined) running.phase = { state: 'running', waitingFor };
    setCurrentDetails(progressDetails(this.progress()));
  }

  #set(name: string, phase: PhaseState): void {
    const found = this.#phases.find((entry) => entry.name === name);
    if (found !== undefined) found.phase = phase;
    setCurrentDetails(progressDetails(this.progress()));
  }

  #upsert(attributes: Parameters<typeof upsertSearchAttributes>[0]): void {
    if (this.settings.searchAttributes) upsertSearchAttributes(attributes);
  }
}

/** Set where a run ends because it was cancelled: also by a step that failed, or whose worker died, on its way out. */
function cancellationOf(error: unknown): Error | undefined {
  if (isCancellation(error)) return error as Error;
  if (!CancellationScope.current().consideredCancelled || !patched('a failure after a cancel'))
    return undefined;
  return new CancelledFailure(phaseFailure(error).message);
}
