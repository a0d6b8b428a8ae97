import type { ObservedSecret } from '../contracts/plan/places';
import type { SecretPlace } from '../contracts/reads/read-request';
import { means, type InfisicalError } from '../infisical/problem';
import type { LastKnownGood, RecalledSecret } from './copies/last-known-good';
import type { Owner } from './copies/record-files';
import { BreakerOpen, type ReadBreaker } from './read-breaker';
import type { ListedNames, ReadSecret, SecretSource } from './secret-source';

/** A secret; `stale` is there for a copy, and tells of when. */
export type FetchedSecret = ReadSecret & Partial<Pick<RecalledSecret, 'stale'>>;

export interface FetchedFolder {
  secrets: FetchedSecret[];
  /** The outage behind a copy that need not be the whole folder: whether a name that it lacks exists is unknown. */
  outage?: InfisicalError | BreakerOpen;
}

export interface FetchedTrees {
  secrets: ObservedSecret[];
  /** Of the oldest copy, in seconds; undefined for what was read just now. */
  ageSeconds?: number;
}

/** What one read means for the copies. */
interface CopyRule<T> {
  /** The folders that it is about, and where it is about one key of them, the key. */
  places: readonly SecretPlace[];
  key?: string;
  remember?: (copies: LastKnownGood, answer: T) => Promise<void>;
  recall?: (copies: LastKnownGood, outage: InfisicalError | BreakerOpen) => Promise<T | undefined>;
}

/**
 * The rule that every read follows, the handler's and that of exec: it goes through the breaker; an answer is kept as
 * a last known good copy; an outage is answered by the copy; what the server refuses is forgotten there. Without
 * copies, and for all else, the failure goes on: an InfisicalError or BreakerOpen.
 */
export class GuardedReads {
  constructor(
    private readonly source: SecretSource,
    private readonly breaker: ReadBreaker,
    private readonly owner: Owner,
    private readonly copies?: LastKnownGood,
  ) {}

  /** Throws BreakerOpen where a read would: the breaker is open, and no copy can answer. */
  assertPossible(): void {
    if (this.copies === undefined) this.breaker.assertClosed();
  }

  /** Undefined where there is no such secret. */
  secret(place: SecretPlace, key: string): Promise<FetchedSecret | undefined> {
    const read = () => this.source.getSecret(place, key);
    return absentIfNotFound(
      this.guard<FetchedSecret>(read, {
        places: [place],
        key,
        remember: (copies, secret) => copies.remember(this.at(place), [secret], { complete: false }),
        recall: (copies) => copies.recall(this.at(place), key),
      }),
    );
  }

  /** The folder's own secrets; undefined where there is no such folder. */
  folder(place: SecretPlace): Promise<FetchedFolder | undefined> {
    const read = async () => ({ secrets: await this.source.listSecrets(place) });
    return absentIfNotFound(
      this.guard<FetchedFolder>(read, {
        places: [place],
        remember: (copies, { secrets }) => copies.remember(this.at(place), secrets, { complete: true }),
        recall: async (copies, outage) => {
          const copy = await copies.recallAll(this.at(place));
          return copy && { secrets: copy.secrets, ...(!copy.complete && { outage }) };
        },
      }),
    );
  }

  names(place: SecretPlace): Promise<ListedNames> {
    return this.guard(() => this.source.listNames(place), { places: [place] });
  }

  folders(place: SecretPlace): Promise<string[]> {
    return this.guard(() => this.source.listFolders(place), { places: [place] });
  }

  /** What `list` finds in whole trees; copies are those of the `folders` that somebody looks into. */
  trees(folders: readonly SecretPlace[], list: () => Promise<ObservedSecret[]>): Promise<FetchedTrees> {
    const read = async () => ({ secrets: await list() });
    return this.guard<FetchedTrees>(read, {
      places: folders,
      remember: async (copies, { secrets }) => {
        for (const place of folders) {
          const held = secrets.filter(({ folder }) => folder === place.path);
          await copies.remember(this.at(place), held, { complete: true });
        }
      },
      recall: (copies) => this.recallTrees(copies, folders),
    });
  }

  private async guard<T>(read: () => Promise<T>, rule: CopyRule<T>): Promise<T> {
    const { copies } = this;
    try {
      const answer = await this.breaker.run(read);
      if (copies !== undefined) await rule.remember?.(copies, answer);
      return answer;
    } catch (error) {
      if (copies === undefined) throw error;
      const copy = isOutage(error) ? await rule.recall?.(copies, error) : undefined;
      if (copy !== undefined) return copy;
      await this.forgetRefused(copies, error, rule);
      throw error;
    }
  }

  private async recallTrees(
    copies: LastKnownGood,
    folders: readonly SecretPlace[],
  ): Promise<FetchedTrees | undefined> {
    const secrets: ObservedSecret[] = [];
    let ageSeconds: number | undefined;
    for (const place of folders) {
      const copy = await copies.recallAll(this.at(place));
      if (copy !== undefined) ageSeconds ??= 0;
      for (const { key, value, version, stale } of copy?.secrets ?? []) {
        secrets.push({ folder: place.path, key, value, version });
        ageSeconds = Math.max(ageSeconds ?? 0, stale.ageSeconds);
      }
    }
    return ageSeconds === undefined ? undefined : { secrets, ageSeconds };
  }

  private async forgetRefused(
    copies: LastKnownGood,
    error: unknown,
    { places, key }: Pick<CopyRule<never>, 'places' | 'key'>,
  ): Promise<void> {
    if (means(error, 'credentials')) await copies.forgetIdentity(this.owner);
    const copied = places.flatMap((place) =>
      [undefined, true, false].map((expand) => this.at({ ...place, expand })),
    );
    if (means(error, 'permission')) for (const place of copied) await copies.forget(place);
    if (means(error, 'absent')) for (const place of copied) await copies.forget(place, key);
  }

  private readonly at = (place: SecretPlace) => ({ ...place, ...this.owner });
}

/** Whether Infisical is out of reach, as opposed to an answer that says no. */
function isOutage(error: unknown): error is InfisicalError | BreakerOpen {
  return error instanceof BreakerOpen || means(error, 'outage');
}

async function absentIfNotFound<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (means(error, 'absent')) return undefined;
    throw error;
  }
}
