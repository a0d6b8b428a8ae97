import type { Client } from 'pg';
import type { Secret } from '../../contracts/core/secret';
import { foreignListener } from '../../environment/files/listeners';
import { addressOf, loginSecret, reachedAt } from '../compose/ready';
import type { Ready, Service, Stack } from '../compose/stack';
import { readNextSecret, readStackSecret } from './stack-secrets';

/** What a service answered: ready, not yet, or something that waiting does not cure. Reasons are ours; `words` are its own. */
export type ProbeResult =
  | { state: 'ready' }
  | { state: 'waiting'; reason: string; words?: string }
  | { state: 'wrong'; reason: string };

const CONNECT_MS = 3_000;
const ANSWER_MS = 5_000;

/** Asks once, in the service's own protocol, where its port is published; another user who listens there gets no login. */
export async function probe(ready: Ready, password: Secret | undefined): Promise<ProbeResult> {
  const uid = await foreignListener(reachedAt(ready.host), ready.port);
  if (uid !== undefined) return { state: 'waiting', reason: `a process of the user ${uid} listens there` };
  switch (ready.protocol) {
    case 'postgres':
      return probePostgres(ready, password);
    case 'valkey':
      return probeValkey(ready, password);
    case 'http':
      return probeHttp(ready);
  }
}

/** Asks a service with the password of its secret; while that is being changed, with the next one too. */
export async function probeService(stack: Stack, service: Service, ready: Ready): Promise<ProbeResult> {
  const login = loginSecret(service);
  if (login === undefined) return probe(ready, undefined);
  const found = await probe(ready, await readStackSecret(stack, login));
  if (found.state !== 'wrong') return found;
  const next = await readNextSecret(stack.secrets[login]!);
  return next === undefined ? found : probe(ready, next);
}

type Of<P extends Ready['protocol']> = Extract<Ready, { protocol: P }>;

// Answers that no waiting changes: password, pg_hba, role and database.
const WRONG: Record<string, string> = {
  '28P01': 'it knows another password',
  '28000': 'it does not let this user in',
  '3D000': 'it has no such database',
};

/** Logs in for real: a port that accepts, or a server that asks for a password, is not ready yet. */
async function probePostgres(ready: Of<'postgres'>, password: Secret | undefined) {
  try {
    return await inPostgres(ready, password, () => Promise.resolve(answered));
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    if (Object.hasOwn(WRONG, code)) return wrong(`${WRONG[code]} (${code})`);
    return code === '57P03' ? notYet('it is starting up') : waiting(message);
  }
}

/** What `work` gives with a client that is logged in. */
export async function inPostgres<T>(
  { host, port, user, database }: Of<'postgres'>,
  password: Secret | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { Client } = await import('pg'); // only who asks waits for a protocol to be loaded
  const client = new Client({
    ...{ host: reachedAt(host), port, user, database, ssl: false, connectionTimeoutMillis: CONNECT_MS },
    ...(password && { password: password.reveal() }),
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** PING with the password; a server that still loads its data is not ready. */
async function probeValkey({ host, port, user }: Of<'valkey'>, password: Secret | undefined) {
  const { Redis } = await import('ioredis');
  const client = new Redis({
    host: reachedAt(host),
    port,
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: CONNECT_MS,
    commandTimeout: CONNECT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    disableClientInfo: true,
    ...(user !== undefined && { username: user }),
    ...(password && { password: password.reveal() }),
  });
  // The library tells the reason of a refused login only by this event.
  let reason: string | undefined;
  client.on('error', ({ message }: Error) => (reason ??= message));
  try {
    await client.connect();
    await client.ping();
    return refusedLogin(reason) ?? answered;
  } catch (error) {
    const { message } = error as Error;
    return refusedLogin(message) ?? refusedLogin(reason) ?? waiting(reason ?? message);
  } finally {
    client.disconnect();
  }
}

function refusedLogin(message = ''): ProbeResult | undefined {
  if (/WRONGPASS|invalid password/.test(message)) return wrong('it knows another password');
  if (/NOAUTH/.test(message)) return wrong('it asks for a password, and none is configured');
  if (/without any password configured/.test(message)) return wrong('it runs without a password');
  return undefined;
}

/** GET; any 2xx is ready. */
async function probeHttp(ready: Of<'http'>) {
  try {
    const response = await fetch(`${addressOf({ ready, ports: [] })}${ready.path}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await response.arrayBuffer();
    return response.ok ? answered : notYet(`HTTP ${response.status}`);
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    return waiting(cause?.message ?? message);
  }
}

const answered: ProbeResult = { state: 'ready' };
const wrong = (reason: string): ProbeResult => ({ state: 'wrong', reason });
const notYet = (reason: string): ProbeResult => ({ state: 'waiting', reason });

const LOADING = /^LOADING\b/; // Valkey reads its data
// Before a service listens, the engine's proxy cuts off in many ways: one wording for all.
const NOT_YET = /ECONNREFUSED|ECONNRESET|EPIPE|closed|terminated|hang up|timeout/i;
const waiting = (words: string): ProbeResult =>
  NOT_YET.test(words)
    ? { state: 'waiting', reason: 'no answer yet' }
    : {
        state: 'waiting',
        reason: LOADING.test(words) ? 'it is starting up' : 'it answers with an error',
        words,
      };
