import { phaseOf, type Phase } from '../harness/phases';
import type { Beside } from './side-effects/orders';

/**
 * What is killed. `worker` is the command's own process, `host` and `home` the worker beside it, and `everything` is all
 * processes of the machine at once, as when its power fails.
 */
export const VICTIMS = [
  'worker',
  'temporal',
  'infisical',
  'postgres',
  'valkey',
  'engine',
  'everything',
  'host',
  'home',
] as const;
export type Victim = (typeof VICTIMS)[number];

/** Before a side effect is sent off, or after it was committed and before its answer is seen. */
export type Moment = 'before' | 'after';

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

/** A moment of a side effect that a watched process came to. */
export interface Passed {
  effect: string;
  moment: Moment;
  activity?: string;
}

/** The writer's lease is renewed as time passes, not at a place of the run: its first file is a side effect. */
const RENEWAL = /\/writer\.(json|lock\S*) #(?!1$)/;

/** A link whose name is taken already changes nothing: only what came to its end is a side effect. */
export function sideEffects(passages: readonly Passed[]): Passage[] {
  const done = new Set(passages.filter(({ moment }) => moment === 'after').map(({ effect }) => effect));
  return passages
    .filter(({ effect }) => done.has(effect) && !RENEWAL.test(effect))
    .map(({ effect, moment, activity }) => ({ effect, moment, phase: phaseOf(activity) }));
}

/** Every moment of every side effect with every victim that runs then, in the order of the run; all do where all `isUp`. */
export function killPoints(
  passages: readonly Passage[],
  { isUp = false, beside }: { isUp?: boolean; beside?: Beside | undefined } = {},
): KillPoint[] {
  const runs = (victim: Victim, index: number) =>
    victim === 'host' || victim === 'home' ? victim === beside : isUp || index >= firstOf(victim, passages);
  return passages.flatMap((passage, index) =>
    VICTIMS.filter((victim) => runs(victim, index)).map((victim) => ({ ...passage, victim })),
  );
}

/** From which passage on a victim runs. */
function firstOf(victim: Exclude<Victim, Beside>, passages: readonly Passage[]): number {
  const isFirst = (passage: Passage): boolean => {
    switch (victim) {
      case 'worker':
      case 'everything':
        return true;
      case 'temporal':
        return passage.phase !== 'start';
      case 'engine':
        return !['start', 'preflight'].includes(passage.phase);
      case 'infisical':
      case 'postgres':
      case 'valkey':
        return (
          passage.moment === 'after' && passage.effect.startsWith(`docker POST /containers/${victim}/start `)
        );
    }
  };
  const first = passages.findIndex(isFirst);
  return first < 0 ? Infinity : first;
}

/** Which points are tried. */
export interface Choice {
  /** A regular expression that finds their names. */
  only?: string | undefined;
  victim?: Victim | undefined;
  /** So many of them, evenly over the run for each victim. */
  sample?: number | undefined;
  seed: number;
}

/** In no order, so that a matrix that is cut off has seen something of everything; the same for the same seed. */
export function choose(all: readonly KillPoint[], { only, victim, sample, seed }: Choice): KillPoint[] {
  const pattern = new RegExp(only ?? '');
  const isMeant = (point: KillPoint) =>
    pattern.test(nameOf(point)) && (victim ?? point.victim) === point.victim;
  const ordered = VICTIMS.flatMap((each) => all.filter((point) => point.victim === each && isMeant(point)));
  if (sample === undefined || sample >= ordered.length) return shuffled(ordered, seed);
  // one of each stretch, another one with another seed: samples add up
  const random = randomOf(seed);
  const place = (index: number) => Math.floor(((index + random()) * ordered.length) / sample);
  return shuffled(
    Array.from({ length: sample }, (_, index) => ordered[place(index)]!),
    seed,
  );
}

/** The same order for the same seed. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = randomOf(seed);
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Numbers from 0 to below 1, the same for the same seed: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
