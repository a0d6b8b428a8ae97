import type { MetricMeter } from '@temporalio/common';
import type { Logger } from 'pino';
import type { Configuration } from '../contracts/settings/configuration';
import type { ReadAudit } from '../reads/read-audit';

/** What activities are given by the entry point that made the worker. */
export interface ActivityDependencies {
  config: Configuration;
  logger: Logger;
  /** Where the Temporal server is, for messages. */
  temporalAddress: string;
  /** Whether the Temporal server knows our search attributes. */
  searchAttributes: boolean;
  /** Whether a Secret may be returned: with no key the codec refuses it. */
  codec: 'ready' | 'no key';
  /** Hears of every access to a secret. */
  audit: ReadAudit;
  meter: MetricMeter;
}
