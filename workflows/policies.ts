import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

// Every activity beats once a second (worker/interceptors.ts): so long a silence is a killed worker, not a busy one.
const DEAD_AFTER = '6s';

// No worker of the environment's host for this long means that nobody runs there.
const WORKER_WAIT = '10m';

// A crash of anything must end in the finished state, so attempts are bounded by time, not by count. Activities that
// hold something open wait for their own clean-up on cancel; otherwise the next step would race them.
const base: ActivityOptions = {
  scheduleToStartTimeout: WORKER_WAIT,
  heartbeatTimeout: DEAD_AFTER,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '10s' },
};

export type Policy =
  | 'quick'
  | 'files'
  | 'engine'
  | 'images'
  | 'service'
  | 'infisical'
  | 'batch'
  | 'await'
  | 'copy'
  | 'look'
  | 'notify'
  | 'presence';

export const policies: Record<Policy, ActivityOptions> = {
  // Files and parsing: seconds at most, even on a slow disk.
  quick: { ...base, startToCloseTimeout: '30s', scheduleToCloseTimeout: '10m' },
  // Ten thousand contracts are parsed in under a minute.
  files: { ...base, startToCloseTimeout: '5m', scheduleToCloseTimeout: '30m' },
  // A first installation of the engine from Debian's mirror: 65 MB on a slow link.
  engine: { ...base, startToCloseTimeout: '10m', scheduleToCloseTimeout: '30m' },
  // Infisical's image alone is 2.8 GB.
  images: { ...base, startToCloseTimeout: '30m', scheduleToCloseTimeout: '2h' },
  // Infisical's first start migrates its schema for up to 5 minutes.
  service: { ...base, startToCloseTimeout: '7m', scheduleToCloseTimeout: '30m' },
  // Some twenty API calls, each with its own deadline, and each may wait for the server's rate limit (infisical/http.ts).
  infisical: { ...base, startToCloseTimeout: '10m', scheduleToCloseTimeout: '30m' },
  // Many batches; a 2024 server lets 40 through a minute.
  batch: { ...base, startToCloseTimeout: '15m', scheduleToCloseTimeout: '1h' },
  // A whole database, encrypted at 20 MB a second: 200 GB at most.
  copy: { ...base, startToCloseTimeout: '3h', scheduleToCloseTimeout: '6h' },
  // Every check has a minute of its own, at once with the others; what is out of reach is an answer too.
  look: { ...base, startToCloseTimeout: '3m', scheduleToCloseTimeout: '10m' },
  // Somebody else's endpoint; what it does not take now is sent by the next look.
  notify: {
    ...base,
    startToCloseTimeout: '15s',
    scheduleToCloseTimeout: '5m',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
  },
  // Whether a host that joined is there: its worker answers at once, or nobody polls its queue.
  presence: {
    ...base,
    scheduleToStartTimeout: '5s',
    startToCloseTimeout: '10s',
    scheduleToCloseTimeout: '15s',
  },
  // An Infisical that somebody else starts right now: a migration takes minutes.
  await: {
    ...base,
    startToCloseTimeout: '15s',
    scheduleToCloseTimeout: '6m',
    retry: { initialInterval: '250ms', backoffCoefficient: 1.5, maximumInterval: '3s' },
  },
};

/**
 * For how many minutes a run waits for its turn where another one changes its environment: what a schedule starts, nobody is
 * there to start again, and its next turn may be in a quarter of a year. A watch looks again soon. Whoever starts another
 * workflow is told at once whom it meets.
 */
export const LOCK_MINUTES: Readonly<Record<string, number>> = {
  backup: 60,
  drill: 60,
  rotate: 60,
  watch: 10,
};

/** Most runs take seconds: it is asked soon, and then less and less often. In milliseconds. */
export const LOCK_ASKED = { first: 5_000, most: 60_000 };

/** For so long a rotation keeps the lock while the readers take the new ones: no `up` waits for longer than this. */
export const HELD_OVERLAP_MS = 5 * 60_000;

/** Only workers that have an environment poll its queue; this long with none of them is the answer that nobody has it. */
export const LOOKUP = { scheduleToStartTimeout: '5s' } as const;

/** The same for a step that stands on something which the workflow brings back itself after so many tries. */
export const tried = (policy: ActivityOptions, maximumAttempts: number): ActivityOptions => ({
  ...policy,
  retry: { ...policy.retry, maximumAttempts },
});
