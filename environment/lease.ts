import { ApplicationFailure } from '@temporalio/common';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { notReady } from '../contracts/core/failures';
import { assertWritable } from './files/writable';

import { readStateFile, STATE_VERSION } from './files/state-file';
import { withLock } from './files/locks';
import { makeFolder, writeFileAtomic } from './files/atomic';

const NAME = 'writer.json';
const LOCK = 'writer.lock';
/** A silence of three renewals is a dead holder. */
export const SILENCE_MS = 15_000;
const RENEW_MS = 5_000;
const LOOK_MS = 200;

const writerSchema = z.object({
  version: z.literal(STATE_VERSION),
  /** Id of the Temporal namespace: no two servers share one. */
  server: z.string(),
  /** Where that server is, for whoever reads a message. */
  address: z.string(),
  host: z.string(),
  workflowId: z.string(),
  runId: z.string(),
});

/** The run that may change an environment, as its lease says. */
export type Writer = Omit<z.infer<typeof writerSchema>, 'version'>;

/** The leases of this process: who renewed which state directory lately, on the steady clock. */
export class Leases {
  readonly #renewed = new Map<string, { writer: Writer; at: number }>();
  readonly #turns = new Map<string, Promise<void>>();

  /**
   * Runs `work` while the run `writer` alone may change the environment of `stateDir`. Another run that holds the lease
   * makes it NotReady, so that Temporal waits; the lease of one that has ended or fell silent is taken over.
   */
  async during<T>(stateDir: string, writer: Writer, work: () => Promise<T>): Promise<T> {
    await this.#inTurn(stateDir, () => this.#renew(stateDir, writer));
    // The silence of a holder counts from its last renewal: it must not be that of a long step.
    const timer = setInterval(() => void this.#keep(stateDir, writer).catch(() => undefined), RENEW_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  /** Steps that begin at once would wait for each other's lock; so the first one renews for all of them. */
  #inTurn(stateDir: string, renew: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(stateDir) ?? Promise.resolve()).then(renew, renew);
    this.#turns.set(stateDir, turn);
    return turn;
  }

  async #renew(stateDir: string, writer: Writer): Promise<void> {
    if (this.#isRenewed(stateDir, writer, RENEW_MS)) return;
    try {
      await this.#acquire(stateDir, writer);
    } catch (error) {
      // a full disk, a folder that cannot be made: that one says what to do
      if (!(error instanceof ApplicationFailure)) await assertWritable(stateDir);
      throw error;
    }
  }

  #isRenewed(stateDir: string, writer: Writer, withinMs: number): boolean {
    const last = this.#renewed.get(stateDir);
    return last !== undefined && performance.now() - last.at < withinMs && isSameRun(last.writer, writer);
  }

  /** Renews what is still ours: a step that outlived its run must not take the lease back from the next one. */
  async #keep(stateDir: string, writer: Writer): Promise<void> {
    if (this.#isRenewed(stateDir, writer, RENEW_MS / 2)) return; // by another step of the run
    const holder = await readHolder(stateDir);
    if (holder !== undefined && isSameRun(holder, writer)) await this.#acquire(stateDir, writer);
  }

  async #acquire(stateDir: string, writer: Writer): Promise<void> {
    this.#renewed.delete(stateDir);
    await makeFolder(stateDir);
    await withLock(join(stateDir, LOCK), async () => {
      const holder = await readHolder(stateDir);
      if (holder !== undefined && !isSameRun(holder, writer) && !hasReplaced(writer, holder)) {
        const silence = await silenceOf(stateDir);
        if (Math.abs(silence) < SILENCE_MS) throw busy(stateDir, holder);
      }
      await writeFileAtomic(join(stateDir, NAME), JSON.stringify({ version: STATE_VERSION, ...writer }));
    });
    this.#renewed.set(stateDir, { writer, at: performance.now() });
  }
}

/**
 * The holder of the lease of `stateDir`, where it is at work: one that is silent so far is watched until its silence is
 * long enough, after `onWait`. `ended` knows of some that they are not.
 */
export async function holderAtWork(
  stateDir: string,
  { ended, onWait }: { ended: (holder: Writer) => boolean; onWait: () => void },
): Promise<Writer | undefined> {
  const holder = await readHolder(stateDir);
  if (holder === undefined || ended(holder)) return undefined;
  const lastSign = () => stat(join(stateDir, NAME)).then(({ mtimeMs }) => mtimeMs);
  const first = await lastSign();
  const silence = await withLock(join(stateDir, LOCK), () => silenceOf(stateDir));
  if (Math.abs(silence) < SILENCE_MS) onWait();
  for (const over = performance.now() + SILENCE_MS - Math.abs(silence); performance.now() < over;) {
    await sleep(LOOK_MS);
    if ((await lastSign()) !== first) return holder;
  }
  return undefined;
}

const isSameRun = (one: Writer, other: Writer) =>
  one.server === other.server && one.workflowId === other.workflowId && one.runId === other.runId;

/** Whether `other` has ended: a server has one open run of an id. */
const hasReplaced = (one: Writer, other: Writer) =>
  one.server === other.server && one.workflowId === other.workflowId && one.runId !== other.runId;

const readHolder = (stateDir: string): Promise<Writer | undefined> =>
  readStateFile(stateDir, NAME, writerSchema);

/** Both times are the file system's own: those of hosts that share it may differ. */
async function silenceOf(stateDir: string): Promise<number> {
  const [lock, lease] = await Promise.all([LOCK, NAME].map((name) => stat(join(stateDir, name))));
  return (lock?.mtimeMs ?? 0) - (lease?.mtimeMs ?? 0);
}

function busy(stateDir: string, { workflowId, address, host }: Writer) {
  return notReady(
    `${stateDir} is being changed by ${workflowId} of the Temporal at ${address} (worker on ${host}). ` +
      `This run continues when that one ends, or when its lease has not been renewed for ${SILENCE_MS / 1000} s. ` +
      `To end it: temporal workflow cancel --workflow-id ${workflowId} --address ${address}`,
  );
}
