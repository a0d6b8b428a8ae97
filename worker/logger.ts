import { ApplicationFailure, TemporalFailure, type MetricMeter } from '@temporalio/common';
import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import { pino, type Logger } from 'pino';
import { missingPrerequisite, unforeseen } from '../contracts/core/failures';

/** Log lines as JSON on stderr: stdout belongs to reports. The SDK puts errors under `error`, pino under `err`. */
export function createLogger(level: string): Logger {
  return pino({ level, serializers: { error: told, err: told } }, pino.destination(2));
}

/** An error as a log may show it: a message of ours, or the name of an error that is not. */
function told(error: unknown): Record<string, unknown> {
  const ours = error instanceof TemporalFailure ? error : unforeseen('Something', error, true);
  const { message, stack, cause } = ours;
  const type = ours instanceof ApplicationFailure ? ours.type : ours.name;
  return { type, message, stack, ...(cause instanceof Error && { cause: told(cause) }) };
}

// A run in place takes seconds, a first one minutes, and one that waits for an approval a day.
const BUCKETS = { onex_run_seconds: [1, 2, 5, 10, 30, 60, 120, 300, 900, 3_600, 86_400] };

let isInstalled = false;

/**
 * Sends the SDK's own log lines through the same logger, and serves metrics as Prometheus text on `metricsAddress`
 * (HOST:PORT), if any; before any worker. Returns the meter of those metrics. A process has one: a second call changes nothing.
 */
export function installRuntime(logger: Logger, metricsAddress: string | undefined): MetricMeter {
  const names = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  const bridge = new DefaultLogger('INFO', ({ level, message, meta }) =>
    logger[names[level]](meta ?? {}, message),
  );
  const prometheus = { bindAddress: metricsAddress ?? '', histogramBucketOverrides: BUCKETS };
  if (!isInstalled)
    try {
      Runtime.install({
        logger: bridge,
        shutdownSignals: [],
        telemetryOptions: {
          logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR' }) },
          ...(metricsAddress !== undefined && { metrics: { prometheus } }),
        },
      });
    } catch (cause) {
      if (metricsAddress === undefined) throw cause;
      throw missingPrerequisite(
        `Metrics cannot be served on ${metricsAddress} (ONEX_METRICS_ADDRESS). Another worker may have that port: look who listens there, or choose another.`,
        { cause },
      );
    }
  isInstalled = true;
  return Runtime.instance().metricMeter;
}
