import { createHmac, createSecretKey } from 'node:crypto';
import type { Secret } from '../../contracts/core/secret';

/** How much there is of something, and a keyed digest of all of it, whatever its order. */
export interface Counted {
  count: number;
  /** 16 hex characters. */
  digest: string;
}

/** Counts things by group, and digests them under a key: nobody who reads it can try guesses. */
export class RowDigests {
  readonly #groups = new Map<string, { count: number; sum: Buffer }>();

  readonly #key;

  constructor(key: Secret) {
    this.#key = createSecretKey(Buffer.from(key.reveal()));
  }

  /** A group is there even where it has nothing. */
  open(group: string): (row: string | Buffer) => void {
    const found = this.#groups.get(group) ?? { count: 0, sum: Buffer.alloc(32) };
    this.#groups.set(group, found);
    return (row) => {
      const digest = createHmac('sha256', this.#key).update(`${group}\0`).update(row).digest();
      found.count += 1;
      for (let at = 0; at < 32; at += 4)
        found.sum.writeUInt32LE((found.sum.readUInt32LE(at) + digest.readUInt32LE(at)) >>> 0, at);
    };
  }

  result(): Record<string, Counted> {
    const groups = [...this.#groups].sort(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(
      groups.map(([group, { count, sum }]) => [group, { count, digest: sum.toString('hex').slice(0, 16) }]),
    );
  }
}

const NEWLINE = 0x0a;
const END = Buffer.from('\\.');
const COPY = /^COPY (.+?) \(.*\) FROM stdin;$/;

/** Reads the rows of each table off a dump in SQL that passes by. */
export class DumpRows {
  readonly #digests: RowDigests;
  #rest: Buffer[] = [];
  #row: ((row: Buffer) => void) | undefined;

  constructor(key: Secret) {
    this.#digests = new RowDigests(key);
  }

  write(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const part = chunk.subarray(from, at);
      this.#line(this.#rest.length === 0 ? part : Buffer.concat([...this.#rest, part]));
      this.#rest = [];
      from = at + 1;
    }
    if (from < chunk.length) this.#rest.push(chunk.subarray(from));
  }

  tables(): Record<string, Counted> {
    return this.#digests.result();
  }

  #line(line: Buffer): void {
    if (this.#row !== undefined) {
      if (line.equals(END)) this.#row = undefined;
      else this.#row(line);
      return;
    }
    if (line[0] !== 0x43) return; // C
    const table = COPY.exec(line.toString('utf8'))?.[1];
    if (table !== undefined) this.#row = this.#digests.open(table);
  }
}
