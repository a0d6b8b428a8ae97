import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import { pino, stdSerializers, type Logger } from 'pino';

/** Log lines as JSON on stderr: stdout belongs to reports. The SDK puts errors under `error`, pino under `err`. */
export function createLogger(level: string): Logger {
  return pino({ level, serializers: { error: stdSerializers.err } }, pino.destination(2));
}

/** Sends the SDK's own log lines through the same logger; once a process, before any worker. */
export function installRuntime(logger: Logger): void {
  const names = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  const bridge = new DefaultLogger('INFO', ({ level, message, meta }) =>
    logger[names[level]](meta ?? {}, message),
  );
  Runtime.install({
    logger: bridge,
    shutdownSignals: [],
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  });
}
