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
