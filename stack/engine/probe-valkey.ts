import { Redis } from 'ioredis';
import type { Secret } from '../../contracts/core/secret';
import type { Ready } from '../compose/stack';
import { connectionReason } from './connection-reason';
import type { ProbeResult } from './probe';

const CONNECT_MS = 3_000;

/** PING with the password; a server that still loads its data is not ready. */
export async function probeValkey(
  { port, user }: Extract<Ready, { protocol: 'valkey' }>,
  password: Secret | undefined,
): Promise<ProbeResult> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: CONNECT_MS,
    commandTimeout: CONNECT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    disableClientInfo: true,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password: password.reveal() }),
  });
  // The library tells the reason of a refused login only by this event.
  let reason: string | undefined;
  client.on('error', ({ message }: Error) => (reason ??= message));
  try {
    await client.connect();
    await client.ping();
    return judge(reason) ?? { state: 'ready' };
  } catch (error) {
    const { message } = error as Error;
    return (
      judge(message) ?? judge(reason) ?? { state: 'waiting', reason: connectionReason(reason ?? message) }
    );
  } finally {
    client.disconnect();
  }
}

function judge(message: string | undefined): ProbeResult | undefined {
  if (message === undefined) return undefined;
  if (/WRONGPASS|invalid password/.test(message))
    return { state: 'wrong', reason: 'it knows another password' };
  if (/NOAUTH/.test(message))
    return { state: 'wrong', reason: 'it asks for a password, and none is configured' };
  if (/without any password configured/.test(message))
    return { state: 'wrong', reason: 'it runs without a password' };
  return undefined;
}
