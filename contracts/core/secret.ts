const SHOWN = '[secret]';
const BRAND = Symbol.for('onex-bootstrap.secret');

let witness: (value: string) => void = () => {};
let isShown = false;

/**
 * A value that never shows itself: string, JSON, inspect and pino all render `[secret]`. Needs nothing of Node, so
 * that workflows may hold one.
 */
export class Secret {
  readonly #value: string;
  readonly #isShown = isShown;

  constructor(value: string) {
    this.#value = value;
    if (!isShown) witness(value);
  }

  /** The plain text. Every call site must be the line that needs it. */
  reveal(): string {
    // what is sent may come back in an answer, however long ago it was made
    if (!this.#isShown) witness(this.#value);
    return this.#value;
  }

  /** A blank value is no value: never seeded, never found, never overriding a good one. */
  get isBlank(): boolean {
    return this.#value.trim() === '';
  }

  /** Takes the same time for every other value of this length. */
  equals(other: Secret): boolean {
    const [a, b] = [this.#value, other.reveal()];
    if (a.length !== b.length) return false;
    let difference = 0;
    for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
    return difference === 0;
  }

  get [BRAND](): true {
    return true;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return SHOWN;
  }
}

/** Whether `value` is a Secret, of this copy of the module or of another. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/** Runs `work`, which waits for nothing. Messages may show what it makes: names and addresses that only travel as Secrets. */
export function shownSecrets<T>(work: () => T): T {
  isShown = true;
  try {
    return work();
  } finally {
    isShown = false;
  }
}

/** Tells `seen` of every Secret that is made or revealed from now on; one at a time. Scopes and converters use it to know what to hide. */
export function witnessSecrets(seen: (value: string) => void): void {
  witness = seen;
}
