import { systemReason } from '../../environment/files/system';
import { Secret } from '../../contracts/core/secret';
import { mergeRecord, servableRecord, type KeptEntry, type KeptRecord } from './kept-record';
import { describePlace, inTurn, RecordFiles, type CopyPlace, type Owner } from './record-files';
import { RecordSeal, type CopyRefusal, type Unsealed } from './record-seal';

/** A secret as it was when it was last read. */
export interface RecalledSecret {
  key: string;
  value: Secret;
  version: number;
  /** Marks it as out of date, for whoever serves it. */
  stale: { readAt: Date; ageSeconds: number };
}

export interface LastKnownGoodOptions {
  /** Made where it is missing, mode 0700. */
  directory: string;
  /** From `lastKnownGoodKey`. */
  key: Secret;
  maxAgeSeconds: number;
  /** Milliseconds since the epoch. */
  clock?: () => number;
  /** Told of every copy that was refused or not kept, without a value or the name of a key; must not throw. */
  onProblem: (message: string, reason: CopyRefusal | 'not written') => void;
}

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
    secrets: readonly { key: string; value: Secret; version: number }[],
    { complete }: { complete: boolean },
  ): Promise<void> {
    const now = this.now();
    const read = secrets.map(({ key, value, version }) => ({ key, value: value.reveal(), version }));
    await this.change(place, describePlace(place), async () => {
      const found = await this.unseal(place);
      const old = found?.state === 'open' ? found.record : { entries: [] };
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
    return found?.entries.map((entry) => this.recalled(entry))[0];
  }

  /** The copies of a folder, and whether they are all that it held; undefined where there is none that may be served. */
  async recallAll(place: CopyPlace): Promise<{ complete: boolean; secrets: RecalledSecret[] } | undefined> {
    const found = await this.open(place, (record) => record);
    if (!found) return undefined;
    const secrets = found.entries.map((entry) => this.recalled(entry));
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

  private async change(owner: Owner, what: string, work: () => Promise<void>): Promise<void> {
    try {
      await inTurn(JSON.stringify([this.options.directory, owner.host, owner.identity]), work);
    } catch (error) {
      const message = `The last known good copy of ${what} could not be changed: ${systemReason(error)}`;
      this.options.onProblem(message, 'not written');
    }
  }

  private async open(
    place: CopyPlace,
    select: (record: KeptRecord) => KeptRecord,
  ): Promise<KeptRecord | undefined> {
    const { maxAgeSeconds, onProblem } = this.options;
    const refuse = (reason: CopyRefusal, why: string) =>
      onProblem(`The last known good copy of ${describePlace(place)} is not used: ${why}`, reason);
    const opened = await this.unseal(place);
    if (opened?.state === 'refused') refuse(opened.reason, opened.message);
    if (opened?.state !== 'open') return undefined;
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
      return { state: 'refused', reason: 'unreadable', message: systemReason(error) };
    }
  }

  private recalled({ key, value, version, readAt }: KeptEntry): RecalledSecret {
    const ageSeconds = Math.max(0, this.now() - readAt) / 1000;
    return { key, value: new Secret(value), version, stale: { readAt: new Date(readAt), ageSeconds } };
  }
}
