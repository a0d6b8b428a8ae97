import { createHmac } from 'node:crypto';
import { refused, unavailable } from '../contracts/core/failures';
import type { Watched } from '../contracts/run/drift';
import type { RunRef } from '../contracts/run/run-ref';
import { exchange } from '../environment/network/exchange';
import type { Host } from '../environment/host';
import { readNotified, type Notified } from '../environment/notify';
import { currentProgress } from '../environment/progress';
import { changeWatchState, readWatchState } from '../environment/watch-state';

const PATIENCE_MS = 10_000;
const MAY_PASS = [408, 425, 429];

/** Tells whoever is declared on the host. */
export const notifyActivities = (host: Host) => ({
  /**
   * Sends what was seen, signed, once for each change of state: a repeat after a kill has the same delivery. False where
   * nobody is to be told, or was told already.
   */
  async tellChange(run: RunRef, watched: Watched): Promise<boolean> {
    const { environment, stateDir } = await host.open(run);
    const notified = await readNotified(stateDir);
    if (notified === undefined || (await readWatchState(stateDir)).told === watched.digest) return false;
    const { outcome, drifts, unobserved, accepted, digest, inStepAt } = watched;
    const body = JSON.stringify({
      ...{ environment, installation: await host.installation(), at: new Date().toISOString() },
      ...{ outcome, drifts, unobserved, accepted, digest, inStepAt },
    });
    await send(notified, body, digest);
    await changeWatchState(stateDir, (before) => ({ state: { ...before, told: digest }, result: undefined }));
    return true;
  },
});

async function send({ url, key }: Notified, body: string, delivery: string): Promise<void> {
  const time = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', key.reveal()).update(`${time}.${body}`).digest('hex');
  const { status } = await exchange(url.reveal(), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'onex-delivery': delivery,
      'onex-timestamp': time,
      'onex-signature': `sha256=${signature}`,
    },
    body,
    signal: AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), currentProgress().signal]),
  }).catch((cause: unknown) => {
    throw unavailable('The address of --notify does not answer.', { cause });
  });
  if (status >= 200 && status < 300) return;
  if (status >= 500 || MAY_PASS.includes(status))
    throw unavailable(`The address of --notify answers ${status}.`);
  throw refused(`The address of --notify answers ${status}: correct it (onex-bootstrap watch --notify URL).`);
}
