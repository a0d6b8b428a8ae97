import type { Found } from '../../harness/judge';
import type { Given, Places } from '../../harness/product';
import type { Moment, Victim } from '../kill-points';
import type { PlantedFault } from '../side-effects/orders';

/** Where everything of a run lies within its machine; all of it is on file systems that end with the machine. */
export const places = {
  environment: 'kill',
  state: '/tmp/state',
  nodes: '/run/nodes',
} as const satisfies Places;
export const HARNESS = '/tmp/harness';

/** What a machine is started for. */
export interface Job {
  /** The folder with the frozen product, which has `dist`, and what this run gives it. */
  product: string;
  preload: string;
  toolsPath: string;
  given: Given;
  /** What is done, and killed, once the environment is up; the bootstrap itself where this is absent. */
  then?: string[] | undefined;
  /** Absent in the undisturbed run. */
  kill?: { effect: string; moment: Moment; victim: Victim };
  fault?: PlantedFault;
}

/** A run that came to an end, and all that was found afterwards. */
export interface EndedRun extends Found {
  /** How often `up` was started. */
  ups: number;
  /** From the kill (or from the start) to the end of the last `up`. */
  seconds: number;
  /** Each moment of each side effect of the undisturbed process, in order. */
  passages: { effect: string; moment: Moment; activity?: string }[];
  /** The end of what each `up` printed that failed. */
  output: string;
}

/** How a run in a machine ended. */
export type JobResult = EndedRun | { ended: 'not reached'; output: string } | { ended: 'victim absent' };
