import { AsyncLocalStorage } from 'node:async_hooks';
import { timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

const SHOWN = '[secret]';
const scope = new AsyncLocalStorage<Set<string>>();

/** A value that never shows itself: string, JSON, inspect and pino all render `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    scope.getStore()?.add(value);
  }

  /** The plain text. Every call site must be the line that needs it. */
  reveal(): string {
    return this.#value;
  }

  /** A blank value is no value: never seeded, never found, never overriding a good one. */
  get isBlank(): boolean {
    return this.#value.trim() === '';
  }

  equals(other: Secret): boolean {
    const [a, b] = [Buffer.from(this.#value), Buffer.from(other.#value)];
    return a.length === b.length && timingSafeEqual(a, b);
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}

/** Runs `work` and knows every Secret made inside it, so that its errors can be scrubbed by `scrub`. */
export function withSecretScope<T>(work: () => T): T {
  return scope.run(new Set(), work);
}

/** Replaces every secret of the current scope that stands in `text`. Shorter than 4 characters: left alone. */
export function scrub(text: string): string {
  const values = [...(scope.getStore() ?? [])].filter((value) => value.length >= 4);
  return values
    .sort((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, SHOWN), text);
}
