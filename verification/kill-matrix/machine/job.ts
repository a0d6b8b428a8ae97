import type { Facts } from '../observe/facts';
import type { Moment, Victim } from '../kill-point';
import type { PlantedFault } from '../side-effects/orders';

/** What a machine is started for. */
export interface Job {
  /** The folder with the frozen product, which has `dist`, and what this run gives it. */
  product: string;
  preload: string;
  toolsPath: string;
  contracts: string[];
  /** `FILE` or `service=FILE`. */
  envFiles: string[];
  /** Absent in the undisturbed run. */
  kill?: { effect: string; moment: Moment; victim: Victim };
  fault?: PlantedFault;
}

/** A run that came to an end, and all that was found afterwards. */
export interface EndedRun {
  ended: 'finished' | 'unfinished';
  /** How often `up` was started. */
  ups: number;
  /** From the kill (or from the start) to the end of the last `up`. */
  seconds: number;
  facts: Facts;
  /** Where a value was found that should not be there; the value is not named. */
  leaks: string[];
  /** Each moment of each side effect of the undisturbed process, in order. */
  passages: { effect: string; moment: Moment; activity?: string }[];
  /** The end of what each `up` printed that failed. */
  output: string;
}

/** How a run in a machine ended. */
export type JobResult = EndedRun | { ended: 'not reached'; output: string } | { ended: 'victim absent' };
