import { Context } from '@temporalio/activity';
import type { EnvironmentActivities } from '../../activities';
import type { RunActivities } from '../../activities/start';
import { unavailable } from '../../contracts/core/failures';

type Activity = (...args: unknown[]) => Promise<unknown>;

/**
 * One step of a run, e.g. `ensureService postgres`, that lasts until it is cancelled or its worker stops; once. It ends
 * as cancelled, or fails on its way out.
 */
export class HeldStep {
  readonly reached: Promise<void>;
  private reach = () => {};
  private over = false;

  constructor(
    private readonly step: string,
    private readonly end: 'cancelled' | 'failed' = 'cancelled',
  ) {
    this.reached = new Promise((resolve) => (this.reach = resolve));
  }

  /** The activities, with the step held the first time. */
  in<A extends EnvironmentActivities | RunActivities>(activities: A): A {
    const all = Object.entries(activities) as [string, Activity][];
    return Object.fromEntries(
      all.map(([name, activity]) => [name, this.held(name, activity)]),
    ) as unknown as A;
  }

  private held(name: string, activity: Activity): Activity {
    return async (...args) => {
      const result = await activity(...args);
      if (this.over || stepName(name, args) !== this.step) return result;
      this.over = true;
      this.reach();
      return Context.current().cancelled.catch((cancelled: unknown) => {
        throw this.end === 'cancelled' ? cancelled : unavailable('no answer');
      });
    };
  }
}

/** An activity by its name, and by its service where there is one for each. */
export const stepName = (activity: string, args: unknown[]): string =>
  activity === 'ensureService' || activity === 'startRuntime' ? `${activity} ${String(args[1])}` : activity;
