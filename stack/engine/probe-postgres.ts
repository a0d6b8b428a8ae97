import { Client } from 'pg';
import type { Secret } from '../../contracts/core/secret';
import type { Ready } from '../compose/stack';
import { connectionReason } from './connection-reason';
import type { ProbeResult } from './probe';

const CONNECT_MS = 3_000;

// Answers that no waiting changes: password, pg_hba, role and database.
const WRONG: Record<string, string> = {
  '28P01': 'it knows another password',
  '28000': 'it does not let this user in',
  '3D000': 'it has no such database',
};

/** Logs in for real: a port that accepts, or a server that asks for a password, is not ready yet. */
export async function probePostgres(
  { port, user, database }: Extract<Ready, { protocol: 'postgres' }>,
  password: Secret | undefined,
): Promise<ProbeResult> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user,
    database,
    connectionTimeoutMillis: CONNECT_MS,
    ssl: false,
    ...(password === undefined ? {} : { password: password.reveal() }),
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return { state: 'ready' };
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const wrong = code === undefined ? undefined : WRONG[code];
    if (wrong !== undefined) return { state: 'wrong', reason: `${wrong} (${code})` };
    return { state: 'waiting', reason: code === '57P03' ? 'it is starting up' : connectionReason(message) };
  } finally {
    void client.end().catch(() => undefined);
  }
}
