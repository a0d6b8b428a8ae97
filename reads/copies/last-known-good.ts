import { Secret } from '../../contracts/core/secret';
import { mergeRecord, servableRecord, type KeptEntry, type KeptRecord } from './kept-record';
import { describePlace, inTurn, RecordFiles, type Owner, type CopyPlace } from './record-files';
import { RecordSeal, type CopyRefusal, type Unsealed } from './record-seal';

/** Why a copy was not served or not kept. It holds no value and no name of a key. */
export interface LastKnownGoodProblem {
  reason: CopyRefusal | 'not written';
  /** As `describePlace` names it. */
  place: string;
  message: string;
}

/** A secret as it was when it was last read: whoever serves it marks it as stale. */
export interface RecalledSecret {
  value: Secret;
  version: number;
  readAt: Date;
  ageSeconds: number;
}

/** What is kept of a folder. */
export interface RecalledFolder {
  /** Whether `secrets` is everything that the folder held when it was last listed. */
  complete: boolean;
  secrets: (RecalledSecret & { key: string })[];
}

export interface LastKnownGoodOptions {
  /** Made where it is missing, mode 0700. */
  directory: string;
  /** From `lastKnownGoodKey`. */
  key: Secret;
  maxAgeSeconds: number;
  /** Milliseconds since the epoch. */
  clock?: () => number;
  /** Told of every copy that was refused or not kept; must not throw. */
  onProblem: (problem: LastKnownGoodProblem) => void;
}

const NOTHING: KeptRecord = { entries: [] };

/**
 * Encrypted copies of what was read, which survive a restart; to be served during an outage only. No method throws:
 * what cannot be used or written is reported. Writes take turns inside this process. Of two processes that write one
 * place at once the later wins; what the earlier merged is missing until it is read again.
 */
export class LastKnownGood {
  private readonly files: RecordFiles;
  private readonly seal: RecordSeal;
  private readonly now: () => number;

  constructor(private readonly options: LastKnownGoodOptions) {
    this.files = new RecordFiles(options.directory);
    this.seal = new RecordSeal(options.key);
    this.now = options.clock ?? Date.now;
  }

  /** Keeps what was read just now: the whole folder (`complete`, from a listing), or some of its keys. */
  async remember(
    place: CopyPlace,
    secrets: { key: string; value: Secret; version: number }[],
    { complete }: { complete: boolean },
  ): Promise<void> {
    const now = this.now();
    const read = secrets.map(({ key, value, version }) => ({ key, value: value.reveal(), version }));
    await this.change(place, describePlace(place), async () => {
      const found = await this.unseal(place);
      const old = found?.state === 'open' ? found.record : NOTHING;
      const { record } = servableRecord(old, { ...this.options, now });
      const next = mergeRecord(record, read, { complete, now });
      if (next) await this.files.write(place, this.seal.seal(next, place));
    });
  }

  /** The copy of one secret; undefined where there is none that may be served. */
  async recall(place: CopyPlace, key: string): Promise<RecalledSecret | undefined> {
    const found = await this.open(place, ({ entries }) => ({
      entries: entries.filter((entry) => entry.key === key),
    }));
    const entry = found?.entries[0];
    return entry && this.recalled(entry);
  }

  /** The copies of a folder; undefined where there is none that may be served. */
  async recallAll(place: CopyPlace): Promise<RecalledFolder | undefined> {
    const found = await this.open(place, (record) => record);
    if (!found) return undefined;
    const secrets = found.entries.map((entry) => ({ key: entry.key, ...this.recalled(entry) }));
    const complete = found.listedAt !== undefined;
    return complete || secrets.length > 0 ? { complete, secrets } : undefined;
  }

  /** The server says that the key (404) or the folder (403, 404) is not to be had: its copy goes. */
  async forget(place: CopyPlace, key?: string): Promise<void> {
    await this.change(place, describePlace(place), async () => {
      const found = key === undefined ? undefined : await this.unseal(place);
      if (found?.state !== 'open') return this.files.remove(place); // what cannot be opened may hold the key
      const { listedAt, entries } = found.record;
      const others = entries.filter((entry) => entry.key !== key);
      if (others.length === entries.length) return;
      const text = this.seal.seal({ listedAt, entries: others }, place);
      // a full disk has no room for the shorter record, but lets go of the old one
      await this.files.write(place, text).catch(() => this.files.remove(place));
    });
  }

  /** The server does not know the credentials (401): everything that this identity read goes. */
  async forgetIdentity(owner: Owner): Promise<void> {
    await this.change(owner, `everything of ${owner.host}`, () => this.files.removeAll(owner));
  }

  private async change(owner: Owner, place: string, work: () => Promise<void>): Promise<void> {
    try {
      await inTurn(JSON.stringify([this.options.directory, owner.host, owner.identity]), work);
    } catch (error) {
      const message = `The last known good copy of ${place} could not be changed: ${error instanceof Error ? error.message : 'unknown reason'}`;
      this.options.onProblem({ reason: 'not written', place, message });
    }
  }

  private async open(
    place: CopyPlace,
    select: (record: KeptRecord) => KeptRecord,
  ): Promise<KeptRecord | undefined> {
    const refuse = (reason: CopyRefusal, why: string) => {
      const name = describePlace(place);
      const message = `The last known good copy of ${name} is not used: ${why}`;
      this.options.onProblem({ reason, place: name, message });
    };
    const opened = await this.unseal(place);
    if (opened === undefined) return undefined;
    if (opened.state === 'refused') {
      refuse(opened.reason, opened.message);
      return undefined;
    }
    const { maxAgeSeconds } = this.options;
    const { record, refused } = servableRecord(select(opened.record), { now: this.now(), maxAgeSeconds });
    if (refused.has('too old')) refuse('too old', `it, or a part of it, is older than ${maxAgeSeconds} s`);
    if (refused.has('clock set back'))
      refuse(
        'clock set back',
        "it was read later than this machine's clock says it is now: correct the clock",
      );
    return record;
  }

  private async unseal(place: CopyPlace): Promise<Unsealed | undefined> {
    try {
      const text = await this.files.read(place);
      return text === undefined ? undefined : this.seal.unseal(text, place);
    } catch (error) {
      return { state: 'refused', reason: 'unreadable', message: String(error) };
    }
  }

  private recalled({ value, version, readAt }: KeptEntry): RecalledSecret {
    const ageSeconds = Math.max(0, this.now() - readAt) / 1000;
    return { value: new Secret(value), version, readAt: new Date(readAt), ageSeconds };
  }
}
