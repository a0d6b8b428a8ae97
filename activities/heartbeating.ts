import { Context } from '@temporalio/activity';

const BEAT_MS = 2_000; // well below every heartbeat timeout; the SDK throttles the rest

/** Runs long work under a heartbeat that carries its latest line, and hands it the cancellation. */
export async function heartbeating<T>(
  work: (signal: AbortSignal, report: (line: string) => void) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let line = 'started';
  const timer = setInterval(() => context.heartbeat(line), BEAT_MS);
  const report = (next: string) => {
    line = next;
    context.heartbeat(line);
  };
  try {
    return await work(context.cancellationSignal, report);
  } finally {
    clearInterval(timer);
  }
}
