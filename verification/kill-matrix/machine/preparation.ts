import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Beside } from '../side-effects/orders';
import type { Setting } from './job';

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
  /** What is read all the while; absent where nothing can be read before the command has ended. */
  reads?: string;
  /** The host reads the same all the while. */
  hostReads?: true;
  /** It starts Infisical anew: readers have copies for that. */
  stopsInfisical?: boolean;
  /** What it changes on the server reaches the nodes' files with the next `up`: that is part of each run. */
  thenUp?: true;
  /** Once, when the environment is up. */
  once?: (run: Run, setting: Setting) => Promise<unknown>;
  /** Whose worker works beside it, with which variables. */
  beside?: { whose: Beside; variables: () => Record<string, string> };
  /** Before each run of the command. */
  plant?: (run: Run, setting: Setting) => Promise<Planted>;
  /** What somebody does while the command runs; gives what ends that. */
  meanwhile?: () => () => Promise<void>;
}

export const READ = '/shared/database/POSTGRES_PASSWORD';
/** A value that can be found wherever it shows. */
export const newValue = () => `canary-${randomBytes(8).toString('hex')}`;

export const BACKUPS = '/tmp/backups';
export const PASSPHRASE = '/tmp/passphrase';

/** Where backups go and who may open them is declared. */
export async function declareBackups(run: Run): Promise<void> {
  writeFileSync(PASSPHRASE, `${newValue()}\n`, { mode: 0o600 });
  await run(['backup', '--to', BACKUPS, '--passphrase-file', PASSPHRASE, '--keep', '2']);
}
