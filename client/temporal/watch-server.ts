import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusal } from './refusal';

const LOOK_EVERY_MS = 2_000;
const DEADLINE_MS = 3_000;

interface Watched {
  address: string;
  look: () => Promise<void>;
  /** What the server refuses, and the remedy: a client that tries again and again is told nothing of it. */
  why: () => Promise<string | undefined>;
  back: () => Promise<void>;
}

/**
 * Says once that the server does not answer any more, and why where that can be told, and once that it does again, when `back`
 * is called, until `over` is aborted or `look` throws, or the server lets us in no more.
 */
export async function watchServer(
  client: Client,
  { address, look, why, back }: Watched,
  tell: (line: string) => void,
  over: AbortSignal,
): Promise<void> {
  let trouble: string | undefined;
  while (!over.aborted) {
    await look();
    const answers = await doesAnswer(client);
    const before = trouble;
    trouble = answers ? undefined : ((await why()) ?? '');
    if (over.aborted) return;
    if (trouble !== undefined && trouble !== before)
      tell(
        trouble === ''
          ? `Temporal at ${address} does not answer; the worker goes on when it is back (Ctrl-C stops it)`
          : `${trouble} The worker goes on by itself then (Ctrl-C stops it)`,
      );
    if (trouble === undefined && before !== undefined) {
      tell(`Temporal at ${address} answers again; the worker goes on`);
      await back();
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
  }
}

/** Whether the server answers a client within seconds. @throws where it lets us in no more. */
export const doesAnswer = (client: Client) =>
  client
    .withDeadline(Date.now() + DEADLINE_MS, () => client.workflowService.getSystemInfo({}))
    .then(
      () => true,
      (error: unknown) => {
        const denied = refusal(error);
        if (denied !== undefined) throw denied;
        return false;
      },
    );
