import { condition, defineQuery, defineUpdate, setHandler } from '@temporalio/workflow';
import { refused } from '../contracts/core/failures';
import type { Approving, PendingPlan, Rejecting } from '../contracts/run/summaries';
import type { Run } from './run';

type Decision = { kind: 'approved' } | { kind: 'rejected'; reason: string };

/** What waits for an approval; null where nothing does. */
export const pendingPlanQuery = defineQuery<PendingPlan | null>('pendingPlan');
const approveUpdate = defineUpdate<string, [Approving]>('approve');
const rejectUpdate = defineUpdate<string, [Rejecting]>('reject');

/** Everything that the run would change; with the secrets of a plan that it has made already, where it has. */
export const planChanges = (run: Run, made?: string): Promise<PendingPlan> =>
  run.step('batch', 'the plan of all changes', (host) =>
    host.planChanges(run.ref, ...(made === undefined ? [] : [made])),
  );

/**
 * Lets a run change only what somebody has approved. It waits without a worker, and fails closed: when its time is over,
 * or the plan is rejected, nothing more is changed. Who decided, when and why stays in the history.
 */
export class Gate {
  #pending: PendingPlan | undefined;
  #decision: Decision | undefined;
  /** The plan of the secrets that was approved last. */
  planId: string | undefined;

  constructor(
    private readonly run: Run,
    private readonly approval: NonNullable<Run['approval']>,
    /** The command that asks for it. */
    private readonly again = `onex-bootstrap up -e ${run.ref.environment} --approve`,
  ) {
    setHandler(pendingPlanQuery, () => this.#pending ?? null, { description: 'what waits for an approval' });
    setHandler(approveUpdate, ({ digest }) => this.#decide({ kind: 'approved' }, `approved ${digest}`), {
      description: 'approve the plan of this digest: {"digest": "…", "note": "…"}',
      validator: (given: Approving) => {
        const { digest } = checked(given, ['digest'], ['digest', 'note']);
        const { digest: now } = this.#asked();
        if (digest !== now)
          throw refused(
            `The plan that waits is ${now}, not ${digest}: it went stale, or is of another run. Look at it again.`,
          );
      },
    });
    setHandler(rejectUpdate, ({ reason }) => this.#decide({ kind: 'rejected', reason }, 'rejected'), {
      description: 'reject the plan and end the run: {"reason": "…"}',
      validator: (given: Rejecting) => {
        checked(given, ['reason'], ['reason']);
        this.#asked();
      },
    });
  }

  /** Plans and waits for the approval; a plan that went stale meanwhile is planned anew and asked for again. */
  async open(): Promise<string> {
    for (let plan = await planChanges(this.run); plan.changes.count > 0;) {
      await this.ask(plan);
      const now = await planChanges(this.run);
      if (now.digest === plan.digest) return `approved ${plan.digest}`;
      plan = now;
    }
    return 'nothing to approve';
  }

  /** Waits for the approval of one plan. */
  async ask(plan: PendingPlan): Promise<void> {
    const { withinSeconds, plan: approved } = this.approval;
    const { environment } = this.run.ref;
    if (approved === undefined) {
      this.#pending = plan;
      this.#decision = undefined;
      this.run.showPlan(plan);
      const what = `the approval of ${plan.changes.count} changes: onex-bootstrap approve -e ${environment} ${plan.digest}`;
      await this.run.awaiting(what, () =>
        condition(() => this.#decision !== undefined, withinSeconds * 1000),
      );
      this.#pending = undefined;
      this.run.showPlan(undefined);
      this.#end(plan.digest);
    } else if (approved !== plan.digest) {
      throw refused(
        `The plan ${approved} is stale: what would be changed now is ${plan.digest}. Nothing was changed. To see it and be asked: ${this.again}`,
      );
    }
    this.planId = plan.planId ?? this.planId;
  }

  #asked(): PendingPlan {
    if (this.#pending !== undefined && this.#decision === undefined) return this.#pending;
    throw refused('Nothing waits for an approval in this run.');
  }

  #decide(decision: Decision, said: string): string {
    this.#decision = decision;
    return said;
  }

  #end(digest: string): void {
    const { withinSeconds } = this.approval;
    if (this.#decision?.kind === 'approved') return;
    throw refused(
      this.#decision === undefined
        ? `Nobody approved the plan ${digest} within ${withinSeconds} s: nothing of it was changed. To ask again: ${this.again}`
        : `The plan ${digest} was rejected (${this.#decision.reason}): nothing of it was changed.`,
    );
  }
}

const MOST_TEXT = 500; // characters: it stays in the history

/** What a client sends may be anything. */
function checked<T extends object>(given: T, required: (keyof T)[], known: (keyof T)[]): T {
  const fields: [string, unknown][] = Object.entries(given ?? {});
  const isKnown = fields.every(
    ([name, value]) =>
      known.includes(name as keyof T) &&
      typeof value === 'string' &&
      value !== '' &&
      value.length <= MOST_TEXT,
  );
  if (isKnown && required.every((name) => fields.some(([field]) => field === name))) return given;
  throw refused(
    `Give {"digest": "…", "note": "…"} to approve and {"reason": "…"} to reject, as texts of up to ${MOST_TEXT} characters.`,
  );
}
