import type { PlanAction } from '../plan/plan-row';

/** How many names of a kind a payload holds; the report on the host has them all. */
export const MOST_NAMES = 20;
// Nine lists in a report: all of them at their longest, with the services of a large stack, are below 64 KiB.
export const MOST_CHARACTERS = 200;

/** A list of any length in a payload of bounded size. */
export interface Listed {
  count: number;
  /** At most 20, the first ones. */
  first: string[];
}

/** The names as a payload may hold them. */
export function listed(names: readonly string[]): Listed {
  const first = names.slice(0, MOST_NAMES).map((name) => shortened(name, MOST_CHARACTERS));
  return { count: names.length, first };
}

/** A text of any length in at most so many characters. */
export const shortened = (text: string, most: number) =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

/** Both lists as one. */
export function joined(one: Listed, other: Listed): Listed {
  const first = [...one.first, ...other.first].slice(0, MOST_NAMES);
  return { count: one.count + other.count, first };
}

/** Changes in words, in order; none where everything was in place. */
export interface Changed {
  changes: string[];
}

/** What the contracts declare. */
export interface RequirementsSummary {
  files: number;
  nodes: number;
  keys: number;
  problems: Listed;
  /** Files with a problem: what they ask for is not known. */
  unread: number;
}

/** What happened to one stack service. */
export interface ServiceRow {
  name: string;
  image: string;
  /** `local` is an image built from Debian packages in place of the real one. */
  kind: 'registry' | 'local';
  action: 'created' | 'started' | 'recreated' | 'kept' | 'skipped';
  /** Where the host reaches it: `127.0.0.1:5436`, or a URL where it speaks HTTP. */
  address?: string;
  /** Where other machines reach it too: `0.0.0.0:6379`. */
  open?: string[];
  /** Why it was skipped. */
  reason?: string;
}

/** Where the environment's Infisical is and what is known of its identities. */
export interface IdentityFacts {
  address: string;
  generation: string;
  projectId: string;
  /** Anybody who reaches it may sign up; said only where it is so. */
  signUpOpen?: boolean;
  /** The project whose environments its identities all see; said only where the server can give no less. */
  seesProject?: string;
}

/** A seed plan in counts and first names; `planId` names its rows on the host. */
export interface PlanSummary {
  planId: string;
  counts: Record<PlanAction, number>;
  /** Rows that would be or were written. */
  writes: Listed;
  /** Keys that a contract asks for and nobody gave, with the nodes that ask for them. */
  missing: { required: Listed; optional: Listed };
  warnings: Listed;
  /** Keys written in this run. */
  written: number;
}

/** How many nodes received their configuration, and which did not. */
export interface NodesSummary {
  nodes: number;
  written: number;
  /** Nodes that lack a required key: `NODE lacks KEY, KEY`. */
  withheld: Listed;
  /** Nodes whose configuration stays as it is, because their contract cannot be read. */
  kept: Listed;
  removed: Listed;
}

/** A runtime service, and whether it answered for the keys that it received. */
export interface RuntimeRow extends ServiceRow {
  /** How many nodes it runs. */
  nodes: number;
  proof: 'proven' | 'not asked' | 'not started';
  /** Whether it was told to read its files again. */
  signalled?: true;
}

/** All hosts of a run, in counts and first names. */
export interface HostsSummary {
  hosts: number;
  served: number;
  changes: Listed;
  /** `NAME: why` of those that were not served as a whole. */
  trouble: Listed;
  /** `NAME: why` of those among them that have nothing of this run, not even what their nodes do not lack. */
  unserved: Listed;
}

const none = listed([]);
export const NO_HOSTS: HostsSummary = { hosts: 0, served: 0, changes: none, trouble: none, unserved: none };

/** Both as one. */
export const withHosts = (one: HostsSummary, other: HostsSummary): HostsSummary => ({
  hosts: one.hosts + other.hosts,
  served: one.served + other.served,
  changes: joined(one.changes, other.changes),
  trouble: joined(one.trouble, other.trouble),
  unserved: joined(one.unserved, other.unserved),
});

/** Where the whole report of a run is: `reports/RUN.json` in the environment's state directory. */
export interface KeptReport {
  run: string;
  /** SHA-256 of the file. */
  digest: string;
}

export type Outcome = 'complete' | 'partial' | 'in step' | 'changes pending';

/** The result of a bootstrap in bounded size; no value, no path. */
export interface BootstrapReport {
  environment: string;
  outcome: Outcome;
  /** What this run changed, in order, in words. */
  changes: Listed;
  infisical: (Pick<IdentityFacts, 'address' | 'generation'> & Partial<IdentityFacts>) | undefined;
  services: ServiceRow[];
  contracts: RequirementsSummary;
  seed: PlanSummary;
  /** Of a dry run: all that would be changed, as an approval names it. */
  pending?: PendingPlan;
  nodes: NodesSummary | undefined;
  runtime: RuntimeRow[];
  /** Hosts that joined the environment. */
  hosts?: HostsSummary;
  report: KeptReport;
}

/** Whether something that is required is not there. */
export function lacksRequired(seed: PlanSummary | undefined, nodes: NodesSummary | undefined): boolean {
  return (seed?.missing.required.count ?? 0) > 0 || (nodes?.withheld.count ?? 0) > 0;
}

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

/** A backup in counts; `file` is a name in the folder that the host declares. */
export interface BackupSummary {
  file: string;
  /** When it was made, as ISO 8601. */
  made: string;
  bytes: number;
  tables: number;
  rows: number;
  /** Secrets of the environment; undefined where somebody else runs Infisical. */
  secrets?: number | undefined;
}

/** What a drill restored and found the same. */
export interface DrillSummary {
  file: string;
  made: string;
  tables: number;
  rows: number;
  secrets: number;
}

/** How a drill ended, for its report. */
export interface DrillEnd {
  ok: boolean;
  file?: string;
  problem?: string;
}

/** A service that gets another image, both as the stack file names them. */
export interface Upgraded {
  name: string;
  from: string;
  to: string;
}

/** What an upgrade is about; none where every service has the image that the stack file names. */
export interface UpgradePlan {
  services: Upgraded[];
  /** Of one that was begun before and is put back now: why. */
  problem?: string;
}

/** The result of an upgrade. */
export interface UpgradeReport {
  environment: string;
  outcome: Outcome;
  upgraded: Upgraded[];
  /** File name of the backup that was made first. */
  backup?: string;
  /** Volumes with the data of before, which nothing uses any more. */
  left: string[];
}
