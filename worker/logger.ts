import type { MetricMeter } from '@temporalio/common';
import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import { pino, stdSerializers, type Logger } from 'pino';

/** Log lines as JSON on stderr: stdout belongs to reports. The SDK puts errors under `error`, pino under `err`. */
export function createLogger(level: string): Logger {
  return pino({ level, serializers: { error: stdSerializers.err } }, pino.destination(2));
}

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
  if (!isInstalled)
    Runtime.install({
      logger: bridge,
      shutdownSignals: [],
      telemetryOptions: {
        logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR' }) },
        ...(metricsAddress === undefined ? {} : { metrics: { prometheus: { bindAddress: metricsAddress } } }),
      },
    });
  isInstalled = true;
  return Runtime.instance().metricMeter;
}
