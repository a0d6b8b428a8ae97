import {
  type ApplicationFailure,
  CancelledFailure,
  defineQuery,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { EnvironmentActivities } from '../activities';
import { FailureType } from '../contracts/core/failures';
import { MEMO, installationIn } from '../contracts/core/names';
import { commandOf } from '../contracts/run/again';
import type { Ended } from '../contracts/run/drift';
import type { Choices, RunRef, RunStart } from '../contracts/run/run-ref';
import { joined, listed, shortened, type Listed, type PendingPlan } from '../contracts/run/summaries';
import { locate } from './locate';
import { endOf, isOfType } from './phase-failure';
import { policies, tried, type Policy } from './policies';
import { countRun } from './run-metrics';
import { describePhase, progressDetails, type PhaseState, type Progress } from './progress';

/** Where the run stands. No history event. */
const progressQuery = defineQuery<Progress>('progress');

const phaseKey = defineSearchAttributeKey('BootstrapPhase', 'KEYWORD');
const environmentKey = defineSearchAttributeKey('BootstrapEnvironment', 'KEYWORD');
const outcomeKey = defineSearchAttributeKey('BootstrapOutcome', 'KEYWORD');

const MOST_SUMMARY = 130; // the server takes 400 bytes
const MOST_MEMO = 300; // characters a phase: a memo is carried in every listing
const MOST_WAITING = 5;

type Host = ReturnType<typeof proxyActivities<EnvironmentActivities>>;

/** One run of a workflow: its environment, its progress for whoever looks, and its way to the host. */
export class Run {
  #changes: Listed;
  #phases: { name: string; phase: PhaseState }[];
  #waiting: { for: string }[] = [];
  #followed: string | undefined;
  #plan: PendingPlan | undefined;

  private constructor(
    /** Where it is, and what was asked of it. */
    readonly start: RunStart,
    phases: string[],
    before: Listed,
    /** Who asked for it, as the server knows it. */
    readonly startedBy: string,
    private readonly asked: Choices,
  ) {
    this.#phases = phases.map((name) => ({ name, phase: { state: 'pending' } }));
    this.#changes = before;
  }

  /** Asks where the environment is and how it is declared there; `before` is what this run did so far, and for whom. */
  static async start(
    input: unknown,
    phases: string[],
    before: { changes: Listed; startedBy: string | undefined },
  ): Promise<Run> {
    const start = await locate(input);
    const run = new Run(start, phases, before.changes, before.startedBy ?? start.startedBy, input ?? {});
    setHandler(progressQuery, () => run.progress(), { description: 'phases, what is waited for, changes' });
    run.#upsert([{ key: environmentKey, value: start.ref.environment }]);
    upsertMemo({
      [MEMO.startedBy]: shortened(run.startedBy, MOST_MEMO),
      [MEMO.installation]: installationIn(start.queue),
    });
    return run;
  }

  /** What every activity is told of the run. */
  get ref(): RunRef {
    return this.start.ref;
  }

  get approval(): RunStart['approval'] {
    return this.start.approval;
  }

  get allowsPartial(): boolean {
    return this.start.allowPartial;
  }

  /** Whether Infisical is of our stack, and not somebody else's. */
  get ownsStack(): boolean {
    return this.start.infrastructure === 'stack';
  }

  /** Whether services run on this host. */
  get hasStack(): boolean {
    return this.ownsStack || this.start.joined?.hasServices === true;
  }

  get changes(): Listed {
    return this.#changes;
  }

  /** The workflow that does this one's work. */
  get followed(): string | undefined {
    return this.#followed;
  }

  progress(): Progress {
    return {
      environment: this.ref.environment,
      phases: this.#phases,
      waitingFor: this.#waiting.at(-1)?.for,
      changes: this.#changes,
      ...(this.#plan !== undefined && { plan: this.#plan }),
    };
  }

  /** Shows one other workflow in place of phases: what is asked for happens there. */
  follow(workflowId: string): void {
    this.#followed = workflowId;
    this.#phases = [{ name: workflowId, phase: { state: 'pending' } }];
    this.#wait([{ for: `${workflowId} to end` }]);
  }

  /** Shows one more phase, before another one or last. */
  addPhase(name: string, before?: string): void {
    const at = this.#phases.findIndex((phase) => phase.name === before);
    this.#phases.splice(at < 0 ? this.#phases.length : at, 0, { name, phase: { state: 'pending' } });
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
      const end = endOf(error);
      const isCancelled = end instanceof CancelledFailure;
      this.#set(name, isCancelled ? { state: 'cancelled' } : { state: 'failed', reason: end.message });
      throw end;
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
      summary: shortened(waitingFor, MOST_SUMMARY),
    });
    return this.awaiting(waitingFor, () => work(host));
  }

  /** Shows what is waited for while the work goes on. */
  async awaiting<T>(waitingFor: string, work: () => Promise<T>): Promise<T> {
    const waiting = { for: waitingFor }; // two steps at once may wait for the same
    this.#wait([...this.#waiting, waiting]);
    try {
      return await work();
    } finally {
      this.#wait(this.#waiting.filter((other) => other !== waiting));
    }
  }

  /** Shows the plan that waits for its approval; none once that is decided. */
  showPlan(plan: PendingPlan | undefined): void {
    this.#plan = plan;
    const told =
      plan === undefined ? [] : [plan.digest, `${plan.changes.count} changes`, ...plan.changes.first];
    upsertMemo({ [MEMO.approval]: told });
    setCurrentDetails(progressDetails(this.progress()));
  }

  /** Notes changes that a step made; an empty list is a step that found everything in place. */
  note(changes: readonly string[] | Listed): void {
    this.#changes = joined(this.#changes, 'count' in changes ? changes : listed(changes));
  }

  /** How the run ended, for whoever looks later, also where no worker is alive. */
  finish(outcome: Ended, next: string, missing: readonly string[] = []): void {
    countRun(this.ref.environment, outcome);
    this.#upsert([{ key: outcomeKey, value: outcome }]);
    upsertMemo({ [MEMO.next]: next, [MEMO.missing]: [...missing], [MEMO.waitingFor]: '' });
    setCurrentDetails(progressDetails(this.progress()));
  }

  /** The same for a run that was cancelled or failed; a partial one has told it already, but for one that it followed. */
  stop(end: CancelledFailure | ApplicationFailure): void {
    const again = commandOf(workflowInfo().workflowType, {
      ...this.asked,
      environment: this.ref.environment,
    });
    if (end instanceof CancelledFailure) this.finish('cancelled', `to continue: ${again}`);
    else if (!isOfType(end, FailureType.partial)) this.finish('failed', `once that is fixed: ${again}`);
    else if (this.#followed !== undefined) this.finish('partial', `see ${this.#followed}`);
  }

  #wait(waiting: { for: string }[]): void {
    this.#waiting = waiting;
    // between two steps nothing is told: the next one is a moment away
    if (waiting.length > 0) {
      const names = [...new Set(waiting.map((step) => step.for))];
      const more = names.length > MOST_WAITING ? ` and ${names.length - MOST_WAITING} more` : '';
      const told = `${shortened(names.slice(0, MOST_WAITING).join(', '), MOST_MEMO)}${more}`;
      const running = this.#phases.find(({ phase }) => phase.state === 'running');
      if (running !== undefined) running.phase = { state: 'running', waitingFor: `waiting for ${told}` };
      upsertMemo({ [MEMO.waitingFor]: told });
    }
    setCurrentDetails(progressDetails(this.progress()));
  }

  #set(name: string, phase: PhaseState): void {
    const found = this.#phases.find((entry) => entry.name === name);
    if (found !== undefined) found.phase = phase;
    const told = this.#phases.map((entry) => `${entry.name}: ${describePhase(entry.phase)}`);
    upsertMemo({ [MEMO.phases]: told.map((line) => shortened(line, MOST_MEMO)) });
    setCurrentDetails(progressDetails(this.progress()));
  }

  #upsert(attributes: Parameters<typeof upsertSearchAttributes>[0]): void {
    if (this.start.searchAttributes) upsertSearchAttributes(attributes);
  }
}
