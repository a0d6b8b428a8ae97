import type { KeptRecord } from './kept-record';

/** Clocks are corrected by steps of this order; more is a clock that was set back. */
const TOLERANCE_MS = 30_000;

type AgeRefusal = 'too old' | 'clock set back';

/** What of a record may be served at `now`, and why the rest may not. Without the rest it is no listing any more. */
export function servableRecord(
  { listedAt, entries }: KeptRecord,
  { now, maxAgeSeconds }: { now: number; maxAgeSeconds: number },
): { record: KeptRecord; refused: Set<AgeRefusal> } {
  const refused = new Set<AgeRefusal>();
  const isServable = (readAt: number) => {
    if (now - readAt < -TOLERANCE_MS) refused.add('clock set back');
    else if (now - readAt > maxAgeSeconds * 1000) refused.add('too old');
    else return true;
    return false;
  };
  const servable = entries.filter(({ readAt }) => isServable(readAt));
  const isListing = listedAt !== undefined && isServable(listedAt) && servable.length === entries.length;
  return { record: { listedAt: isListing ? listedAt : undefined, entries: servable }, refused };
}
