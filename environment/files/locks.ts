import { randomUUID } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ageOf, createFileOnce } from './atomic';
import { ifThere, isAlive } from './system';

const POLL_MS = 50;
/** A process id may be given to another process after a reboot: an old lock is nobody's. */
const ABANDONED_AFTER_MS = 10 * 60_000;

/** The end of the last piece of work in this process that has a lock or waits for it, by its path. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while it alone holds the lock file at `path`, waiting for its turn. The file holds a process id: the lock of
 * a process that was killed is taken over. Those of one process wait in a row: were each of them to try the file, dozens
 * would take more time for that than the one that has it for its work.
 */
export function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = queues.get(path) ?? Promise.resolve();
  const turn = before.then(() => holding(path, work));
  const end = turn
    .catch(() => undefined)
    .then(() => {
      if (queues.get(path) === end) queues.delete(path);
    });
  queues.set(path, end);
  return turn;
}

async function holding<T>(path: string, work: () => Promise<T>): Promise<T> {
  const own = `${process.pid} ${randomUUID()}`;
  for (;;) {
    // undefined where it was released meanwhile
    const holder = await ifThere(createFileOnce(path, own));
    if (holder === own) break;
    if (holder !== undefined && (await isHolderGone(path, holder))) await takeAway(path, holder);
    else await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await takeAway(path, own);
  }
}

/** Removes the lock at `path` if its holder was killed. */
export async function releaseAbandoned(path: string): Promise<void> {
  const holder = await ifThere(readFile(path, 'utf8'));
  if (holder !== undefined && (await isHolderGone(path, holder))) await takeAway(path, holder);
}

async function isHolderGone(path: string, holder: string): Promise<boolean> {
  return (await ageOf(path)) > ABANDONED_AFTER_MS || !isAlive(Number.parseInt(holder, 10));
}

/** Removes the lock of `holder`; should somebody else hold it by now, it is put back. */
async function takeAway(path: string, holder: string): Promise<void> {
  const aside = `${path}.${process.pid}-${randomUUID()}`; // the number tells whose it is, should we be killed here
  const found = await rename(path, aside).then(
    () => readFile(aside, 'utf8'),
    () => undefined,
  );
  if (found !== undefined && found !== holder) await createFileOnce(path, found);
  await rm(aside, { force: true });
}
