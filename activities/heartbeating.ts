import { Context } from '@temporalio/activity';

const lines = new WeakMap<Context, string>();

/** Hands long work the cancellation, and a way to say where it is; its worker's heartbeats carry the latest line. */
export function heartbeating<T>(
  work: (signal: AbortSignal, report: (line: string) => void) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  return work(context.cancellationSignal, (line) => {
    lines.set(context, line);
    context.heartbeat(line);
  });
}

/** What the activity reported last. */
export function latestLine(context: Context): string {
  return lines.get(context) ?? 'started';
}
