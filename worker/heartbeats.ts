import type { Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { latestLine } from '../environment/progress';

const BEAT_MS = 1_000; // well below every heartbeat timeout (workflows/policies.ts)

/** Beats for every activity while it runs, long or short: a killed worker is noticed in seconds, and a cancel arrives. */
export class Heartbeats implements ActivityInboundCallsInterceptor {
  constructor(private readonly context: Context) {}

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    const timer = setInterval(() => this.context.heartbeat(latestLine(this.context)), BEAT_MS);
    try {
      return await next(input);
    } finally {
      clearInterval(timer);
    }
  }
}
