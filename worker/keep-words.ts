import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { keepWords } from '../environment/kept-words';

/** Keeps what others said to a failed step in a file of its environment, which the failure names. */
export class KeepWords implements ActivityInboundCallsInterceptor {
  constructor(private readonly stateDir: string) {}

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    try {
      return await next(input);
    } catch (error) {
      throw await keepWords(this.stateDir, error);
    }
  }
}
