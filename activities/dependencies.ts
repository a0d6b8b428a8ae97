import type { Logger } from 'pino';
import type { Configuration } from '../contracts/settings/configuration';

/** What activities are given by the entry point that made the worker. */
export interface ActivityDependencies {
  config: Configuration;
  logger: Logger;
  /** Whether the Temporal server knows our search attributes. */
  searchAttributes: boolean;
}
