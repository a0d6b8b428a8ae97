import type { HostActivities } from '../../activities/host-activities';
import type { SharedActivities } from '../../activities/shared-activities';
import type { Fakes } from './temporal';

/** What the activities of one environment do. */
export interface Place {
  shared: SharedActivities;
  host: HostActivities;
}

type Activity = (...args: unknown[]) => Promise<unknown>;

/** Fake activities of many environments, so that as many runs can go on at once; by the name of each. */
export function inPlaces(places: ReadonlyMap<string, Place>): Fakes {
  const at = (environment: string) => {
    const place = places.get(environment);
    if (place === undefined) throw new Error(`no fakes for ${environment}`);
    return place;
  };
  const [any] = places.values();
  const host = Object.keys(any?.host ?? {}).map((name): [string, Activity] => [
    name,
    (...args) => {
      const { environment } = args[0] as { environment: string };
      return (at(environment).host as unknown as Record<string, Activity>)[name]!(...args);
    },
  ]);
  return {
    shared: {
      resolveSettings: (input) => at(input.environment ?? '').shared.resolveSettings(input),
      // an address names a place only where somebody else runs the Infisical
      awaitInfisical: (address) =>
        (places.get(new URL(address).hostname) ?? any)!.shared.awaitInfisical(address),
    },
    host: Object.fromEntries(host),
  };
}
