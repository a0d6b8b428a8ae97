import { randomBytes } from 'node:crypto';
import type { Given } from '../../harness/product';
import type { Beside } from '../side-effects/orders';

/** Runs the product in this machine and gives what it printed. */
export interface Run {
  (args: string[], variables?: Record<string, string>): Promise<string>;
  /** Does something while a worker of the home runs. */
  withHome<T>(work: () => Promise<T>): Promise<T>;
}

/** What one run of a command finds to do, where its arguments alone do not say so. */
export interface Planted {
  args?: string[];
  input?: string;
  variables?: Record<string, string>;
  /** Values that were put somewhere: they must not show. */
  values?: string[];
}

/** What a command needs around it to be tried again and again. */
export interface Preparation {
  /** What is read all the while. */
  reads: string;
  /** The host reads the same all the while. */
  hostReads?: true;
  /** It starts Infisical anew: readers have copies for that. */
  stopsInfisical?: boolean;
  /** What it changes on the server reaches the nodes' files with the next `up`: that is part of each run. */
  thenUp?: true;
  /** Once, when the environment is up. */
  once?: (run: Run, given: Given) => Promise<unknown>;
  /** Whose worker works beside it, with which variables. */
  beside?: { whose: Beside; variables: () => Record<string, string> };
  /** Before each run of the command. */
  plant?: (run: Run) => Promise<Planted>;
}

export const READ = '/shared/database/POSTGRES_PASSWORD';
/** A value that can be found wherever it shows. */
export const newValue = () => `canary-${randomBytes(8).toString('hex')}`;
