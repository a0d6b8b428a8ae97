import type { KeptEntry, KeptRecord } from './kept-record';

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
