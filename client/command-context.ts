import type { Configuration } from '../contracts/settings/configuration';
import type { Terminal } from './terminal';

/** What every command gets from the entry point. */
export interface CommandContext {
  config: Configuration;
  terminal: Terminal;
  json: boolean;
  /** The environment of this process as it is, for a child. */
  inherited: Record<string, string>;
  /** Aborted by Ctrl-C or SIGTERM: leave, and let the run go on. */
  detach: AbortSignal;
}
