/**
 * Ctrl-C and SIGTERM. Until a command takes them over they end the process at once: before a run is under way nothing
 * needs to be tidied up, and whatever was begun may be killed anywhere.
 */
export class Interrupts {
  readonly #heard = new AbortController();
  #isTaken = false;

  /** `hasBegun` is false while no command has taken them over. */
  constructor(private readonly end: (hasBegun: boolean) => void) {}

  /** From now on the command ends by itself when the signal is aborted. A second interrupt does not wait for that. */
  take(): AbortSignal {
    this.#isTaken = true;
    return this.#heard.signal;
  }

  hear(): void {
    if (!this.#isTaken || this.#heard.signal.aborted) return this.end(this.#isTaken);
    this.#heard.abort();
  }
}

/** Resolves when the signal is aborted, at once where it is already. */
export const aborted = (signal: AbortSignal): Promise<'aborted'> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
