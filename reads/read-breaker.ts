import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';
import { means } from '../infisical/problem';

export interface BreakerSettings {
  enabled: boolean;
  /** Outages in a row that open it. */
  threshold: number;
  resetSeconds: number;
}

/** The breaker is open: nothing was sent. */
export class BreakerOpen extends Error {
  override readonly name = 'BreakerOpen';

  constructor(readonly retryAfterSeconds: number) {
    super(`nothing is sent for another ${retryAfterSeconds} s`);
  }
}

/** Stops calls during an outage; after the reset time one trial decides, and the others wait for it. */
export class ReadBreaker {
  private readonly policy;
  private openUntil = 0;

  constructor(private readonly settings: BreakerSettings) {
    const halfOpenAfter = settings.resetSeconds * 1_000;
    // An answer about a name, a role or an input says that the server is well; its rate limit is no outage either.
    this.policy = circuitBreaker(
      handleWhen((error) => means(error, 'outage')),
      { halfOpenAfter, breaker: new ConsecutiveBreaker(settings.threshold) },
    );
    this.policy.onBreak(() => (this.openUntil = Date.now() + halfOpenAfter));
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.policy.state === CircuitState.Open) return Date.now() < this.openUntil ? 'open' : 'half-open';
    return this.policy.state === CircuitState.HalfOpen ? 'half-open' : 'closed';
  }

  /** Whole seconds, rounded up; 0 unless it is open. */
  get retryAfterSeconds(): number {
    return this.state === 'open' ? Math.ceil((this.openUntil - Date.now()) / 1_000) : 0;
  }

  /** Runs `work`, or throws BreakerOpen at once. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (!this.settings.enabled) return work();
    this.assertClosed();
    try {
      return await this.policy.execute(work);
    } catch (error) {
      throw isBrokenCircuitError(error) ? new BreakerOpen(1) : error;
    }
  }

  /** Throws BreakerOpen where it is open. */
  assertClosed(): void {
    const { retryAfterSeconds } = this;
    if (retryAfterSeconds > 0) throw withoutStack(() => new BreakerOpen(retryAfterSeconds));
  }
}

/** Makes an error for the price of an object: thousands a second are refused, and where each was made says nothing. */
export function withoutStack<E extends Error>(make: () => E): E {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
