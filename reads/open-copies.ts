import type { Secret } from '../contracts/core/secret';
import type { HandlerSettings } from '../contracts/reads/handler-settings';
import { LastKnownGood } from './copies/last-known-good';
import { lastKnownGoodKey } from './copies/last-known-good-key';

/** The last known good copies that the settings name; undefined where none are kept. */
export function openCopies(
  kept: HandlerSettings['last_known_good'],
  clientSecret: Secret,
  onProblem: (message: string) => void,
): LastKnownGood | undefined {
  if (kept === undefined) return undefined;
  return new LastKnownGood({
    directory: kept.directory,
    key: lastKnownGoodKey(kept.key, clientSecret),
    maxAgeSeconds: kept.max_age_seconds,
    onProblem: ({ message }) => onProblem(message),
  });
}
