import type { Configuration } from '../environment/configuration';
import type { Host } from '../environment/host';
import type { Interrupts } from './interrupts';
import type { Terminal } from './terminal';

/** What every command gets from the entry point. */
export interface CommandContext {
  config: Configuration;
  /** The environments that are declared here. */
  host: Host;
  terminal: Terminal;
  json: boolean;
  /** The environment of this process as it is, for a child. */
  inherited: Record<string, string>;
  interrupts: Interrupts;
}
