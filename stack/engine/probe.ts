import { connect, type Socket } from 'node:net';
import { Client } from 'pg';
import type { Secret } from '../../contracts/core/secret';
import { exchange } from '../../environment/network/exchange';
import { foreignListener } from '../../environment/network/listeners';
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
const MOST_ANSWERED = 4_096; // characters that are still an answer to a login

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

/** PING with the password, of which no answer is longer than a line; a server that still loads its data is not ready. */
async function probeValkey({ host, port, user }: Of<'valkey'>, password: Secret | undefined) {
  const login = password && ['AUTH', ...(user === undefined ? [] : [user]), password.reveal()];
  const asked = [...(login ? [login] : []), ['PING']];
  try {
    const lines = await linesOf(connect({ host: reachedAt(host), port, timeout: CONNECT_MS }), asked);
    const refused = lines.find((line) => line.startsWith('-'))?.slice(1);
    if (refused !== undefined) return refusedLogin(refused) ?? waiting(refused);
    return lines.at(-1) === '+PONG' ? answered : waiting(lines.join(' '));
  } catch (error) {
    return waiting((error as Error).message);
  }
}

/** What Valkey answers to commands, in RESP, a line each. A client library takes longer to load than all else takes. */
async function linesOf(socket: Socket, commands: readonly string[][]): Promise<string[]> {
  const bulk = (part: string) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`;
  socket.once('timeout', () => socket.destroy(new Error('timeout')));
  socket.write(commands.map((parts) => `*${parts.length}\r\n${parts.map(bulk).join('')}`).join(''));
  try {
    let text = '';
    for await (const chunk of socket) {
      text += String(chunk);
      const lines = text.split('\r\n').slice(0, -1);
      if (lines.length >= commands.length) return lines;
      if (text.length > MOST_ANSWERED) throw new Error('it answers something else');
    }
    throw new Error('closed');
  } finally {
    socket.destroy();
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
    const { status } = await exchange(`${addressOf({ ready, ports: [] })}${ready.path}`, {
      agent: false,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return status >= 200 && status < 300 ? answered : notYet(`HTTP ${status}`);
  } catch (error) {
    return waiting((error as Error).message);
  }
}

const answered: ProbeResult = { state: 'ready' };
const wrong = (reason: string): ProbeResult => ({ state: 'wrong', reason });
const notYet = (reason: string): ProbeResult => ({ state: 'waiting', reason });

const LOADING = /^LOADING\b/; // Valkey reads its data
// Before a service listens, the engine's proxy cuts off in many ways: one wording for all.
const NOT_YET = /ECONNREFUSED|ECONNRESET|EPIPE|aborted|closed|terminated|hang up|timeout/i;
const waiting = (words: string): ProbeResult =>
  NOT_YET.test(words)
    ? { state: 'waiting', reason: 'no answer yet' }
    : {
        state: 'waiting',
        reason: LOADING.test(words) ? 'it is starting up' : 'it answers with an error',
        words,
      };
