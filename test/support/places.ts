import type { EnvironmentActivities } from '../../activities';
import { parseChoices, type RunActivities } from '../../activities/start';
import type { Fakes } from './temporal';

/** What the activities of one environment do. */
export interface Place {
  start: RunActivities;
  host: EnvironmentActivities;
}

type Activity = (...args: unknown[]) => Promise<unknown>;

/** Fake activities of many environments, so that as many runs can go on at once; by the name of each. */
export function inPlaces(places: ReadonlyMap<string, Place>): Fakes {
  const at = (environment = '') => {
    const place = places.get(environment);
    if (place === undefined) throw new Error(`no fakes for ${environment}`);
    return place;
  };
  const [any] = places.values();
  const host = Object.keys(any?.host ?? {}).map((name): [string, Activity] => [
    name,
    (...args) => {
      const [of] = args as [{ environment: string } | string];
      const environment = typeof of === 'string' ? of : of.environment;
      return (at(environment).host as unknown as Record<string, Activity>)[name]!(...args);
    },
  ]);
  return {
    start: { startRun: (input) => at(parseChoices(input).environment).start.startRun(input) },
    host: Object.fromEntries(host),
  };
}
