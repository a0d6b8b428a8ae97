import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusal } from './refusal';

const LOOK_EVERY_MS = 2_000;
const DEADLINE_MS = 3_000;

/**
 * Says once that the server does not answer any more, and once that it does again, when `back` is called, until `over` is
 * aborted or `look` throws, or the server lets us in no more.
 */
export async function watchServer(
  client: Client,
  { address, look, back }: { address: string; look: () => Promise<void>; back: () => Promise<void> },
  tell: (line: string) => void,
  over: AbortSignal,
): Promise<void> {
  let answered = true;
  while (!over.aborted) {
    await look();
    const answers = await doesAnswer(client);
    if (over.aborted) return;
    if (!answers && answered)
      tell(`Temporal at ${address} does not answer; the worker goes on when it is back (Ctrl-C stops it)`);
    if (answers && !answered) {
      tell(`Temporal at ${address} answers again; the worker goes on`);
      await back();
    }
    answered = answers;
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
