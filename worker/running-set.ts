import type { Worker } from '@temporalio/worker';

/** Workers that came one after another, one a queue. */
export class RunningSet {
  readonly #workers = new Map<string, { worker: Worker; ended: Promise<void> }>();
  #open = 0; // by their ends, not by their states: one that is STOPPED still holds the connection for a moment
  #isEnding = false;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  /** Resolves when the last one has stopped, and rejects with what made one stop. */
  readonly stopped = new Promise<void>((resolve, reject) => (this.#settle = { resolve, reject }));

  constructor() {
    this.stopped.catch(() => undefined); // whoever asks for it hears of it
  }

  serves(name: string): boolean {
    return this.#workers.has(name);
  }

  /** Serves those that are not served yet. One that cannot be made keeps no other from its work. */
  async serveAll(queues: readonly (readonly [name: string, make: () => Promise<Worker>])[]): Promise<void> {
    const missing = queues.filter(([name]) => !this.serves(name));
    const made = await Promise.allSettled(missing.map(async ([name, make]) => this.#run(name, await make())));
    const failed = made.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #run(name: string, worker: Worker): void {
    const ended = worker.run();
    this.#open += 1;
    this.#workers.set(name, { worker, ended });
    if (this.#isEnding) worker.shutdown();
    ended
      .catch((error: unknown) => {
        // one that is cut off in the middle of a call complains of that
        if (!this.#isEnding) this.#settle?.reject(error);
      })
      .finally(() => {
        this.#open -= 1;
        if (this.#open === 0) this.#settle?.resolve();
      });
  }

  async shutdown(): Promise<void> {
    this.#isEnding = true;
    const workers = [...this.#workers.values()];
    for (const { worker } of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(workers.map(({ ended }) => ended));
  }
}
