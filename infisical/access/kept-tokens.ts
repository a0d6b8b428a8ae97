import type { Secret } from '../../contracts/core/secret';

const KEPT_FOR_MS = 60_000; // as long as steps follow each other, and the hosts of a page get their identities

/** Whose token it is, and where it counts. */
export interface Holder {
  address: string;
  name: string;
  /** What it was got with: another one gets another token. */
  secret?: Secret;
}

/** The newest token of each holder, for as long as the environment it belongs to is open. */
const kept = new WeakMap<object, Map<string, Kept>>();
type Kept = Holder & { token: Secret; until: number };

/** The token that was got for this holder a moment ago. */
export function keptToken(environment: object, { address, name, secret }: Holder): Secret | undefined {
  const found = kept.get(environment)?.get(name);
  if (found === undefined || found.address !== address || performance.now() > found.until) return undefined;
  const isSame = secret === undefined ? found.secret === undefined : found.secret?.equals(secret) === true;
  return isSame ? found.token : undefined;
}

/** Keeps a token for the steps that follow: a login each is what servers limit first. */
export function keepToken(environment: object, holder: Holder, token: Secret): void {
  const tokens = kept.get(environment) ?? new Map<string, Kept>();
  kept.set(environment, tokens);
  tokens.set(holder.name, { ...holder, token, until: performance.now() + KEPT_FOR_MS });
}
