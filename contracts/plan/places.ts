import { grouped } from '../core/record';
import type { Secret } from '../core/secret';

/** Something for each place on the server: a key in a folder. In the order of first entry by folder, then key. */
export class Places<T> {
  readonly #folders = new Map<string, Map<string, T>>();

  get(folder: string, key: string): T | undefined {
    return this.#folders.get(folder)?.get(key);
  }

  has(folder: string, key: string): boolean {
    return this.#folders.get(folder)?.has(key) === true;
  }

  set(folder: string, key: string, value: T): void {
    const keys = this.#folders.get(folder);
    if (keys === undefined) this.#folders.set(folder, new Map([[key, value]]));
    else keys.set(key, value);
  }

  hasFolder(folder: string): boolean {
    return this.#folders.has(folder);
  }

  values(): T[] {
    return [...this.#folders.values()].flatMap((keys) => [...keys.values()]);
  }
}

/** One secret as the server lists it. `folder` has no trailing slash ("/shared/kafka"). */
export interface ObservedSecret {
  folder: string;
  key: string;
  version: number;
  value: Secret;
}

/** Finds what the server holds at a place. Servers of 2024 can hold one key several times. */
export class ObservedIndex {
  readonly #places = new Places<ObservedSecret[]>();

  constructor(observed: readonly ObservedSecret[]) {
    for (const [folder, inFolder] of grouped(observed, (secret) => secret.folder))
      for (const [key, held] of grouped(inFolder, (secret) => secret.key))
        this.#places.set(
          folder,
          key,
          held.sort((a, b) => b.version - a.version),
        );
  }

  /** All secrets at a place, the newest version first. Empty where there is none. */
  at(folder: string, key: string): readonly ObservedSecret[] {
    return this.#places.get(folder, key) ?? [];
  }

  /** What a reader finds there: the newest that is not blank. */
  found(folder: string, key: string): ObservedSecret | undefined {
    return this.at(folder, key).find(({ value }) => !value.isBlank);
  }

  /** What the server holds at each place. */
  places(): readonly ObservedSecret[][] {
    return this.#places.values();
  }
}
