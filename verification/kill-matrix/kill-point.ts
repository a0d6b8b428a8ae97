/** What is killed. `everything` is all processes of the machine at once, as when its power fails. */
export const VICTIMS = [
  'worker',
  'temporal',
  'infisical',
  'postgres',
  'valkey',
  'engine',
  'everything',
] as const;
export type Victim = (typeof VICTIMS)[number];

/** Before a side effect is sent off, or after it was committed and before its answer is seen. */
export type Moment = 'before' | 'after';

export const PHASES = [
  'start',
  'preflight',
  'infrastructure',
  'identity',
  'seed',
  'prefetch',
  'runtime',
] as const;
export type Phase = (typeof PHASES)[number];

/** One moment of one side effect, as an undisturbed run passes it. */
export interface Passage {
  /** E.g. `infisical POST /api/v1/identities #2`: the same in every run. */
  effect: string;
  moment: Moment;
  phase: Phase;
}

export interface KillPoint extends Passage {
  victim: Victim;
}

/** Names a kill point in reports and for `--resume`. */
export const nameOf = ({ moment, effect, victim }: KillPoint) => `${victim} ${moment} ${effect}`;
