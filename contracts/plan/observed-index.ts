import type { ObservedSecret } from './observed-secret';

/** Finds what the server holds at a place. Servers of 2024 can hold one key several times. */
export class ObservedIndex {
  readonly #places = new Map<string, ObservedSecret[]>();

  constructor(observed: readonly ObservedSecret[]) {
    for (const secret of observed) {
      const place = `${secret.folder}/${secret.key}`;
      const held = this.#places.get(place);
      if (held === undefined) this.#places.set(place, [secret]);
      else held.push(secret);
    }
  }

  /** All secrets at a place, the newest version first. Empty where there is none. */
  at(folder: string, key: string): readonly ObservedSecret[] {
    const held = this.#places.get(`${folder}/${key}`) ?? [];
    return held.length < 2 ? held : [...held].sort((a, b) => b.version - a.version);
  }

  /** Whether a reader finds a value there. */
  hasValue(folder: string, key: string): boolean {
    return this.at(folder, key).some(({ value }) => !value.isBlank);
  }

  duplicates(): readonly ObservedSecret[][] {
    return [...this.#places.values()].filter((held) => held.length > 1);
  }
}
