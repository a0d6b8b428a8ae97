import type { Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import { missingPrerequisite } from '../contracts/core/failures';

/** Tokens, leases and grants are good for minutes; network time keeps clocks within a second. */
const MAX_SKEW_MS = 5 * 60_000;
const PATIENCE_MS = 2_000; // an Infisical that does not answer is waited for later, where that can be seen
const LONG_MS = 60_000;

/** A look at another clock; times in milliseconds since 1970. */
export interface ClockReading {
  /** Whose clock, in words. */
  of: string;
  theirs: number;
  /** This machine's time at the moment of the reading. */
  ours: number;
}

/** What speaks against a clock: more than five minutes between it and this machine's. */
export function checkClock({ of, theirs, ours }: ClockReading): ApplicationFailure[] {
  const skew = theirs - ours;
  if (!(Math.abs(skew) > MAX_SKEW_MS)) return []; // also without a time to compare
  const [now, other] = [ours, theirs].map((time) => `${new Date(time).toISOString().slice(0, 19)}Z`);
  return [
    missingPrerequisite(
      `The clock of ${of} says ${other}, this machine's ${now}: ${inWords(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} it, and at most 5 minutes are allowed. Correct the wrong one, for example with: timedatectl set-ntp true`,
    ),
  ];
}

function inWords(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes < 120) return `${Math.round(minutes)} minutes`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
}

/** The time of an Infisical by the Date header of its status, exact to a second; undefined where it does not tell. */
export async function infisicalClock(address: string): Promise<ClockReading | undefined> {
  try {
    const answer = await fetch(`${address}/api/status`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.body?.cancel();
    const date = answer.headers.get('date');
    if (date === null) return undefined;
    return { of: `Infisical at ${address}`, theirs: Date.parse(date), ours: Date.now() };
  } catch {
    return undefined;
  }
}

/**
 * The time of the Temporal server, by when it handed out this activity. A run that waited for its worker looks like a
 * clock that is behind: only then the server is asked when this attempt started.
 */
export async function temporalClock(context: Context): Promise<ClockReading | undefined> {
  const { activityId, currentAttemptScheduledTimestampMs, workflowExecution } = context.info;
  const reading = (theirs: number) => ({ of: 'the Temporal server', theirs, ours: Date.now() });
  const scheduled = reading(currentAttemptScheduledTimestampMs);
  if (Math.abs(scheduled.theirs - scheduled.ours) < LONG_MS || workflowExecution === undefined)
    return scheduled;
  const { workflowId, runId } = workflowExecution;
  const { raw } = await context.client.workflow.getHandle(workflowId, runId).describe();
  const started = raw.pendingActivities?.find(
    (pending) => pending.activityId === activityId,
  )?.lastStartedTime;
  return started?.seconds ? reading(Number(started.seconds) * 1000) : undefined;
}
