import { Connection, type Client, type ConnectionOptions } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { SessionLost } from '../reviving';
import { CHANNEL } from './connect';
import { doesAnswer } from './watch-server';

const LOOK_EVERY_MS = 5_000;
const LOOK_AGAIN_MS = 1_000;
const ANSWER_WITHIN_MS = 4_000;
const CONNECT_TIMEOUT = '5s';
// the SDK makes a connection again by itself, and waits in between for up to 10 s
const PATIENCE_MS = 15_000;

/**
 * Rejects with SessionLost once a client's connection hangs: the server answers new ones, and this one not for a while. Nobody
 * bounds how long a connection takes to begin, so that one whose first packets were swallowed stays silent for ever. The same
 * where the server answers what `reread` says now, and not what this process read: a certificate was renewed, or an authority.
 */
export async function untilHung(
  clients: readonly Client[],
  { options, reread }: { options: ConnectionOptions; reread: () => Promise<ConnectionOptions | undefined> },
  over: AbortSignal,
): Promise<never> {
  let since: number | undefined;
  let isSilent = false;
  for (;;) {
    await sleep(isSilent ? LOOK_AGAIN_MS : LOOK_EVERY_MS, undefined, { signal: over, ref: false }).catch(
      () => undefined,
    );
    if (over.aborted) return new Promise<never>(() => {});
    const answers = await Promise.all(clients.map((client) => answersSoon(client)));
    isSilent = answers.includes(false);
    const isOurs = isSilent && (await answersAnew(options));
    if (isSilent && !isOurs && (await isRenewed(options, await reread())))
      throw new SessionLost(
        `Temporal at ${options.address} takes the certificates that are there now`,
        'settings',
      );
    since = isOurs ? (since ?? performance.now()) : undefined;
    if (since !== undefined && performance.now() - since >= PATIENCE_MS)
      throw new SessionLost(`Temporal at ${options.address} answers, but not on a connection that hangs`);
  }
}

/** Whether a client gets an answer within seconds; the workers' side of the SDK, which is Rust, keeps to no deadline while it waits for a connection. */
export const answersSoon = (client: Client): Promise<boolean> =>
  Promise.race([
    doesAnswer(client).catch(() => true), // a refusal is an answer
    sleep(ANSWER_WITHIN_MS, false, { ref: false }),
  ]);

const isRenewed = async (held: ConnectionOptions, now: ConnectionOptions | undefined) =>
  now !== undefined && !isDeepStrictEqual(held.tls, now.tls) && (await answersAnew(now));

async function answersAnew(options: ConnectionOptions): Promise<boolean> {
  const connection = Connection.lazy({ ...options, channelArgs: CHANNEL, connectTimeout: CONNECT_TIMEOUT });
  try {
    await connection.ensureConnected();
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
