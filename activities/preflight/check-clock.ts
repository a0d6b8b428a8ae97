import type { ApplicationFailure } from '@temporalio/common';
import { missingPrerequisite } from '../../contracts/core/failures';

/** Tokens, leases and grants are good for minutes; network time keeps clocks within a second. */
const MAX_SKEW_MS = 5 * 60_000;

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
      `The clock of ${of} says ${other}, this machine's ${now}: ${inWords(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} it, and more than 5 minutes are refused. Set the wrong one right, for example with: timedatectl set-ntp true`,
    ),
  ];
}

function inWords(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes < 120) return `${Math.round(minutes)} minutes`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
}
