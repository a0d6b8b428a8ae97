import type { SecretPlace } from '../contracts/reads/read-request';
import { isInfisicalError, type InfisicalError } from '../infisical/problem';
import type { LastKnownGood } from './copies/last-known-good';
import { BreakerOpen, type ReadBreaker } from './read-breaker';
import type { ReadSecret, SecretSource } from './secret-source';

/** A secret, and since when it may be out of date; `stale` is undefined for one that was read just now. */
export interface FetchedSecret extends ReadSecret {
  stale?: { readAt: Date; ageSeconds: number };
}

export interface FetchedFolder {
  secrets: FetchedSecret[];
  /** The outage behind a copy that need not be the whole folder: whether a name that it lacks exists is unknown. */
  outage?: InfisicalError | BreakerOpen;
}

/** Who reads where: last known good copies belong to one identity on one server. */
export interface ReadOwner {
  host: string;
  identity: string;
}

/**
 * Reads through the breaker. During an outage the last known good copy is served, where one is kept; what the server
 * refuses is forgotten there. Absence is undefined; failures are InfisicalError or BreakerOpen.
 */
export class GuardedReads {
  constructor(
    private readonly source: SecretSource,
    private readonly breaker: ReadBreaker,
    private readonly owner: ReadOwner,
    private readonly copies?: LastKnownGood,
  ) {}

  async secret(place: SecretPlace, key: string): Promise<FetchedSecret | undefined> {
    try {
      const secret = await this.breaker.run(() => this.source.getSecret(place, key));
      await this.copies?.remember({ ...place, ...this.owner }, [secret], { complete: false });
      return secret;
    } catch (error) {
      if (isOutage(error)) {
        const copy = await this.copies?.recall({ ...place, ...this.owner }, key);
        if (copy !== undefined) return { ...copy, key, stale: copy };
      }
      await this.forgetRefused(error, place, key);
      if (isInfisicalError(error, 'notFound')) return undefined;
      throw error;
    }
  }

  /** The folder's own secrets; undefined where there is no such folder. */
  async folder(place: SecretPlace): Promise<FetchedFolder | undefined> {
    try {
      const secrets = await this.breaker.run(() => this.source.listSecrets(place));
      await this.copies?.remember({ ...place, ...this.owner }, secrets, { complete: true });
      return { secrets };
    } catch (error) {
      if (isOutage(error)) {
        const copy = await this.copies?.recallAll({ ...place, ...this.owner });
        if (copy !== undefined) {
          const secrets = copy.secrets.map((each) => ({ ...each, stale: each }));
          return copy.complete ? { secrets } : { secrets, outage: error };
        }
      }
      await this.forgetRefused(error, place);
      if (isInfisicalError(error, 'notFound')) return undefined;
      throw error;
    }
  }

  async names(place: SecretPlace): Promise<string[]> {
    try {
      return await this.breaker.run(() => this.source.listNames(place));
    } catch (error) {
      await this.forgetRefused(error, place);
      throw error;
    }
  }

  private async forgetRefused(error: unknown, place: SecretPlace, key?: string): Promise<void> {
    if (isInfisicalError(error, 'unauthorised', 'tokenExpired', 'lockedOut'))
      await this.copies?.forgetIdentity(this.owner);
    else if (isInfisicalError(error, 'forbidden')) await this.copies?.forget({ ...place, ...this.owner });
    else if (isInfisicalError(error, 'notFound')) await this.copies?.forget({ ...place, ...this.owner }, key);
  }
}

/** Whether Infisical is out of reach, as opposed to an answer that says no. */
export function isOutage(error: unknown): error is InfisicalError | BreakerOpen {
  return error instanceof BreakerOpen || isInfisicalError(error, 'unavailable');
}
