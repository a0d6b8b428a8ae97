import { ApplicationFailure } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { unforeseen } from '../../contracts/core/failures';
import { keyedDigest } from '../../contracts/core/keyed-digest';
import { Secret } from '../../contracts/core/secret';
import type { Drift, Finding } from '../../contracts/run/drift';
import { InfisicalError } from '../../infisical/problem';

/** Something that is not as it should be; `seen` is what else tells it from another one of its kind and name. */
export type Unlike = Omit<Drift, 'digest'> & { seen?: string };

/** What a check saw, in a sentence, and what of it is not as it should be. */
export interface Look {
  what: string;
  drifts: Unlike[];
}

/** Looks at one thing and changes nothing. It throws where it cannot look: that says nothing of the thing. */
export type Check = () => Promise<Look>;

export const fine = (what: string): Look => ({ what, drifts: [] });

/** Why something could not be looked at; `mend` is what makes that possible. */
export class Unseen extends Error {
  constructor(
    message: string,
    readonly mend?: string,
  ) {
    super(message);
  }
}

/** All checks at once; none that does not answer within the deadline holds up the others. */
export function findingsOf(
  checks: Record<string, Check>,
  { key, deadlineMs }: { key: Secret; deadlineMs: number },
): Promise<Finding[]> {
  return Promise.all(
    Object.entries(checks).map(async ([check, work]): Promise<Finding> => {
      try {
        const { what, drifts } = await within(work(), deadlineMs);
        if (drifts.length === 0) return { check, state: 'fine', what };
        return { check, state: 'drifted', what, drifts: drifts.map((drift) => named(drift, key)) };
      } catch (error) {
        const known = wordsOf(error, check);
        return { check, state: 'unobserved', ...known };
      }
    }),
  );
}

function named({ seen = '', ...drift }: Unlike, key: Secret): Drift {
  const whole = JSON.stringify([drift.kind, drift.name, drift.is, seen]);
  return { ...drift, digest: keyedDigest(key, new Secret(whole)).slice(0, 12) };
}

/** Words of ours; anybody else's stay where they are. */
function wordsOf(error: unknown, check: string): { what: string; mend?: string } {
  if (error instanceof Unseen)
    return { what: error.message, ...(error.mend !== undefined && { mend: error.mend }) };
  const isOurs = error instanceof ApplicationFailure || error instanceof InfisicalError;
  return { what: isOurs ? error.message : unforeseen(`The look at ${check}`, error, true).message };
}

async function within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const over = new AbortController();
  const late = sleep(deadlineMs, undefined, { signal: over.signal }).then(() => {
    throw new Unseen(`no answer within ${deadlineMs / 1000} s`, 'look whether it runs, then ask again');
  });
  return Promise.race([work, late]).finally(() => {
    late.catch(() => undefined);
    over.abort();
  });
}
