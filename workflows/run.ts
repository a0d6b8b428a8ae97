import {
  CancelledFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { EnvironmentActivities } from '../activities';
import type { RunActivities } from '../activities/start';
import { MEMO, TASK_QUEUE, lookupQueue } from '../contracts/core/names';
import type { RunRef, RunStart } from '../contracts/run/run-ref';
import { joined, listed, type Listed, type Outcome } from '../contracts/run/summaries';
import { phaseFailure } from './phase-failure';
import { LOOKUP, policies, tried, type Policy } from './policies';
import { progressQuery, describePhase, progressDetails, type PhaseState, type Progress } from './progress';

const phaseKey = defineSearchAttributeKey('BootstrapPhase', 'KEYWORD');
const environmentKey = defineSearchAttributeKey('BootstrapEnvironment', 'KEYWORD');
const outcomeKey = defineSearchAttributeKey('BootstrapOutcome', 'KEYWORD');

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

type Host = ReturnType<typeof proxyActivities<EnvironmentActivities>>;

/** One run of a workflow: its environment, its progress for whoever looks, and its way to the host. */
export class Run {
  #changes: Listed;
  #phases: { name: string; phase: PhaseState }[];
  #waiting: string[] = [];

  private constructor(
    private readonly start: RunStart,
    phases: string[],
    before: Listed,
  ) {
    this.#phases = phases.map((name) => ({ name, phase: { state: 'pending' } }));
    this.#changes = before;
  }

  /** Asks where the environment is and how it is declared there; `before` are changes of this run so far. */
  static async start(input: unknown, phases: string[], before: Listed): Promise<Run> {
    const start = await locate(input).catch((error: unknown) => {
      throw cancellationOf(error) ?? phaseFailure(error);
    });
    const run = new Run(start, phases, before);
    setHandler(progressQuery, () => run.progress(), { description: 'phases, what is waited for, changes' });
    run.#upsert([{ key: environmentKey, value: start.ref.environment }]);
    upsertMemo({ [MEMO.startedBy]: start.startedBy });
    return run;
  }

  /** What every activity is told of the run. */
  get ref(): RunRef {
    return this.start.ref;
  }

  get allowsPartial(): boolean {
    return this.start.allowPartial;
  }

  /** Whether Infisical is of our stack, and not somebody else's. */
  get ownsStack(): boolean {
    return this.start.infrastructure === 'stack';
  }

  get changes(): Listed {
    return this.#changes;
  }

  progress(): Progress {
    return {
      environment: this.ref.environment,
      phases: this.#phases,
      waitingFor: this.#waiting.at(-1),
      changes: this.#changes,
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
        this.finish('cancelled', `continue: onex-bootstrap up -e ${this.ref.environment}`);
        throw cancellation;
      }
      const failure = phaseFailure(error);
      this.#set(name, { state: 'failed', reason: failure.message });
      const next = `when that is mended: onex-bootstrap up -e ${this.ref.environment}`;
      this.finish('failed', next);
      throw failure;
    }
  }

  /** A step on the environment's host. `waitingFor` is shown while it runs, and as its summary in the history. */
  async step<T>(
    policy: Policy,
    waitingFor: string,
    work: (host: Host) => Promise<T>,
    { tries }: { tries?: number } = {},
  ): Promise<T> {
    const options = tries === undefined ? policies[policy] : tried(policies[policy], tries);
    const host = proxyActivities<EnvironmentActivities>({
      ...options,
      taskQueue: this.start.queue,
      summary: waitingFor,
    });
    this.#wait([...this.#waiting, waitingFor]);
    try {
      return await work(host);
    } finally {
      this.#wait(this.#waiting.filter((entry) => entry !== waitingFor));
    }
  }

  /** Notes changes that a step made; an empty list is a step that found everything in place. */
  note(changes: readonly string[]): void {
    this.#changes = joined(this.#changes, listed(changes));
  }

  /** How the run ended, for whoever looks later, also where no worker is alive. */
  finish(outcome: Outcome | 'failed' | 'cancelled', next: string, missing: readonly string[] = []): void {
    this.#upsert([{ key: outcomeKey, value: outcome }]);
    upsertMemo({ [MEMO.next]: next, [MEMO.missing]: [...missing], [MEMO.waitingFor]: '' });
    setCurrentDetails(progressDetails(this.progress()));
  }

  #wait(waiting: string[]): void {
    const more = waiting.length > this.#waiting.length;
    this.#waiting = waiting;
    const running = this.#phases.find(({ phase }) => phase.state === 'running');
    const waitingFor = waiting.length === 0 ? undefined : `waiting for ${waiting.join(', ')}`;
    if (running !== undefined && waitingFor !== undefined) running.phase = { state: 'running', waitingFor };
    if (more) upsertMemo({ [MEMO.waitingFor]: waiting.join(', ') });
    setCurrentDetails(progressDetails(this.progress()));
  }

  #set(name: string, phase: PhaseState): void {
    const found = this.#phases.find((entry) => entry.name === name);
    if (found !== undefined) found.phase = phase;
    const phases = this.#phases.map((entry) => `${entry.name}: ${describePhase(entry.phase)}`);
    upsertMemo({ [MEMO.phases]: phases });
    setCurrentDetails(progressDetails(this.progress()));
  }

  #upsert(attributes: Parameters<typeof upsertSearchAttributes>[0]): void {
    if (this.start.searchAttributes) upsertSearchAttributes(attributes);
  }
}

/**
 * A run on its environment's queue asks there. One that was started on the common queue asks those workers that have
 * the named environment, and any worker where none is named, or nobody has it: that one knows what there is.
 */
async function locate(input: unknown): Promise<RunStart> {
  const { taskQueue } = workflowInfo();
  const asking = (queue: string, wait?: typeof LOOKUP) =>
    proxyActivities<RunActivities>({
      ...policies.quick,
      ...wait,
      taskQueue: queue,
    }).startRun.executeWithOptions({ summary: 'where the environment is, and as what it is declared' }, [
      input,
    ]);
  const named = nameIn(input);
  if (taskQueue !== TASK_QUEUE || named === undefined) return asking(taskQueue);
  return asking(lookupQueue(named), LOOKUP).catch((error: unknown) => {
    if (phaseFailure(error).type !== 'MissingPrerequisite') throw error;
    return asking(TASK_QUEUE);
  });
}

function nameIn(input: unknown): string | undefined {
  const named =
    typeof input === 'object' && input !== null && 'environment' in input ? input.environment : '';
  return typeof named === 'string' && NAME.test(named) ? named : undefined;
}

/** Set where a run ends because it was cancelled: also by a step that failed, or whose worker died, on its way out. */
function cancellationOf(error: unknown): Error | undefined {
  if (isCancellation(error)) return error as Error;
  if (!CancellationScope.current().consideredCancelled) return undefined;
  return new CancelledFailure(phaseFailure(error).message);
}
