import { z } from 'zod';

/** The plain content of a copy: only ever in memory. Times are milliseconds since the epoch. */
export const keptRecordSchema = z.strictObject({
  /** When a listing said that these are all keys of the folder; undefined where keys were only read one by one. */
  listedAt: z.number().optional(),
  entries: z.array(
    z.strictObject({ key: z.string(), value: z.string(), version: z.number(), readAt: z.number() }),
  ),
});

export type KeptRecord = z.infer<typeof keptRecordSchema>;
export type KeptEntry = KeptRecord['entries'][number];

/** An age that is a minute too high matters less than an fsync for every read that no cache answers. */
const REWRITE_AFTER_MS = 60_000;

/**
 * The record after `read` was read at `now`, as a listing of everything (`complete`) or some keys; undefined where
 * nothing is worth a write: the same content, and less than a minute old. `old` holds only what may still be served.
 */
export function mergeRecord(
  old: KeptRecord,
  read: Omit<KeptEntry, 'readAt'>[],
  { complete, now }: { complete: boolean; now: number },
): KeptRecord | undefined {
  const isYoung = (time = -Infinity) => now - time < REWRITE_AFTER_MS && time <= now;
  const known = new Map(old.entries.map((entry) => [entry.key, entry]));
  const isSame = read.every(({ key, value, version }) => {
    const before = known.get(key);
    return before?.value === value && before.version === version && isYoung(before.readAt);
  });
  if (isSame && (!complete || (isYoung(old.listedAt) && read.length === known.size))) return undefined;
  const entries = complete ? new Map<string, KeptEntry>() : known;
  for (const secret of read) entries.set(secret.key, { ...secret, readAt: now });
  return { listedAt: complete ? now : old.listedAt, entries: [...entries.values()] };
}

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
