import type { Listed } from './summaries';

/** What a run would change, for whoever approves it. Names and counts only. */
export interface PendingPlan {
  /** 16 hexadecimal digits of everything that would change, values too: another one is another plan. */
  digest: string;
  /** In words: services, identities, secrets. None where everything is in place. */
  changes: Listed;
  /** The plan of the secrets, whose rows are on the host; none while Infisical cannot be asked. */
  planId?: string;
}

/** How long a run waits for an approval where nothing else is said: 24 h, in seconds. */
export const APPROVE_WITHIN = 86_400;

/** Argument of the update `approve`; the note is for the history. */
export interface Approving {
  digest: string;
  note?: string;
}

/** Argument of the update `reject`; the reason is for the history. */
export interface Rejecting {
  reason: string;
}
