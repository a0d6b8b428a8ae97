import { join } from 'node:path';
import { z } from 'zod';
import type { Finding } from '../contracts/run/drift';
import { withLock } from './files/locks';
import { readStateFile, STATE_VERSION, writeStateFile } from './files/state-file';

const NAME = 'watch.json';
const LOCK = 'watch.lock';

const finding = z.custom<Finding>(
  (given) => z.object({ check: z.string(), state: z.string(), what: z.string() }).safeParse(given).success,
);
const accepted = z.object({ digest: z.string(), what: z.string(), at: z.string(), by: z.string() });
const schema = z.object({
  version: z.literal(STATE_VERSION),
  /** The newest look, in full. */
  last: z
    .object({ at: z.string(), workflowId: z.string(), outcome: z.string(), findings: z.array(finding) })
    .optional(),
  inStepAt: z.string().optional(),
  accepted: z.array(accepted).default([]),
  /** The state that was told to whoever is notified. */
  told: z.string().optional(),
});

/** A drift that somebody accepted, as it was seen then. */
export type Accepted = z.infer<typeof accepted>;

/** What stays of the looks at an environment: names and digests, no value. */
export type WatchState = Omit<z.infer<typeof schema>, 'version'>;

/** What the newest look found; nothing before the first one. */
export const readWatchState = async (stateDir: string): Promise<WatchState> =>
  (await readStateFile(stateDir, NAME, schema)) ?? { accepted: [] };

/** Changes it, one at a time: two looks may end at once. */
export function changeWatchState<T>(
  stateDir: string,
  change: (state: WatchState) => { state: WatchState; result: T },
): Promise<T> {
  return withLock(join(stateDir, LOCK), async () => {
    const { state, result } = change(await readWatchState(stateDir));
    await writeStateFile(stateDir, NAME, state);
    return result;
  });
}
