import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createApp } from './http/app';
import type { Settings } from './settings';
import { openDatabase } from './store/database';
import { checkEncryptionKey } from './store/key-check';
import { migrate } from './store/migrate';
import { ValueCipher } from './store/value-cipher';

/** Connects, migrates, checks the key, and only then listens. Gives the function that ends it all. */
export async function startServer(settings: Settings): Promise<() => Promise<void>> {
  const pool = new Pool({
    connectionString: settings.DB_CONNECTION_URI,
    max: 20,
    connectionTimeoutMillis: 10_000,
  });
  const redis = new Redis(settings.REDIS_URL, {
    lazyConnect: true,
    maxRetriesPerRequest: 2,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
  });
  const close = async () => {
    redis.disconnect();
    await pool.end();
  };
  try {
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    pool.on('error', () => undefined);
    redis.on('error', () => undefined);
    await reach('REDIS_URL', () => redis.connect());
    await reach('DB_CONNECTION_URI', () => pool.query('select 1'));
    const db = openDatabase(pool);
    const cipher = new ValueCipher(settings.ENCRYPTION_KEY);
    await migrate(db);
    await checkEncryptionKey(db, cipher);
    const app = createApp({ settings, db, redis, cipher });
    await app.listen({ host: settings.HOST, port: settings.PORT });
    return async () => {
      await app.close();
      await close();
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function reach(name: string, connect: () => Promise<unknown>): Promise<void> {
  try {
    await connect();
  } catch (cause) {
    // The message of a driver may hold the address with its password: only the code is shown.
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    throw new Error(`the server behind ${name} cannot be used (${code})`, { cause });
  }
}
