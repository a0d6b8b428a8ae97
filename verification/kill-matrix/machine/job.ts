import type { Found, Verdict } from '../../harness/judge';
import type { Given, Places } from '../../harness/product';
import type { Choice, KillPoint, Moment, Passed, Victim } from '../kill-points';
import type { PlantedFault } from '../side-effects/orders';

/** Where everything of a run lies within its machine; all of it is on file systems that end with the machine. */
export const places = {
  environment: 'kill',
  state: '/tmp/state',
  nodes: '/run/nodes',
} as const satisfies Places;
/** Of the host that joins, if one does. */
export const hostPlaces = {
  ...places,
  state: '/tmp/edge',
  nodes: '/run/edge-nodes',
} as const satisfies Places;
export const HARNESS = '/tmp/harness';

/** What every machine is given. */
export interface Setting {
  /** The folder with the frozen product, which has `dist`, and what this run gives it. */
  product: string;
  preload: string;
  toolsPath: string;
  given: Given;
}

/** One bootstrap that a machine is started for. */
export interface Job extends Setting {
  /** Absent in the undisturbed run. */
  kill?: { effect: string; moment: Moment; victim: Victim };
  fault?: PlantedFault;
}

/** Commands that are killed at one point after the other, in a machine where the environment is up. */
export interface Sequence extends Setting {
  /** As they are said on the command line; `preparations.ts` knows what some need. */
  commands: readonly string[];
  choice: Choice;
  /** Names of the points of each command that are done. */
  done: Readonly<Record<string, readonly string[]>>;
  /** Nothing is killed: the points are named. */
  list: boolean;
}

/** A run that came to an end, and all that was found afterwards. */
export interface EndedRun extends Found {
  /** How often the command was started. */
  ups: number;
  /** From the kill (or from the start) to the end of the last command. */
  seconds: number;
  /** Each moment of each side effect of the undisturbed process, in order. */
  passages: Passed[];
  /** The end of what each command printed that failed. */
  output: string;
}

/** How a run in a machine ended. */
export type JobResult = EndedRun | { ended: 'not reached'; output: string } | { ended: 'victim absent' };

/** What became of one kill point. */
export interface Row extends KillPoint, Verdict {
  outcome: 'recovered' | 'failed' | 'not reached' | 'victim absent';
  /** From the kill to the end of the run. */
  seconds?: number;
  /** How often the command was started. */
  ups?: number;
  /** What each command said last that failed. */
  output?: string;
  /** Of the reader that read all the while. */
  reads?: number;
  failedReads?: number;
}

/** What a sequence tells of a command, a line each: which points it has, and then each point as it begins and ends. */
export type SequenceLine = { command: string } & (
  | { seconds: number; points: number; chosen: string[] }
  | { begun: string }
  | { row: Row }
);
