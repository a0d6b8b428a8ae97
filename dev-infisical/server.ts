import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import fastify, { LogController, type FastifyInstance } from 'fastify';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import type { Context } from './http/context';
import { answerError } from './http/errors';
import { registerRoutes } from './register-routes';
import type { Settings } from './settings';
import { openDatabase } from './store/database';
import { migrate } from './store/schema';
import { checkEncryptionKey, ValueCipher } from './store/value-cipher';

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
    const legacy = settings.DEV_INFISICAL_GENERATION === '2024';
    const app = createApp({ settings, legacy, db, redis, cipher });
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

/** The HTTP application, not listening yet. */
function createApp(context: Context): FastifyInstance {
  const app = fastify({
    logger: {
      level: context.settings.DEV_INFISICAL_LOG_LEVEL,
      base: { server: 'dev-infisical, NOT Infisical' },
    },
    routerOptions: { onMaxParamLength: answerLongKey, ignoreTrailingSlash: true },
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  });
  app.decorateRequest('actor', undefined);
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-dev-infisical', 'development-server-not-infisical');
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string')
      return done(null, payload);
    const etag = `"${createHash('sha1').update(payload).digest('base64url')}"`;
    reply.header('etag', etag);
    if (request.headers['if-none-match'] !== etag) return done(null, payload);
    reply.code(304);
    done(null, '');
  });
  app.setErrorHandler((error, request, reply) => answerError(context, error, request, reply));
  registerRoutes({ ...context, app });
  return app;
}

// The Fastify of the real server takes a key of more than 100 characters for a route that does not exist.
function answerLongKey(
  _path: string,
  request: { method?: string | undefined; url?: string | undefined },
  response: ServerResponse,
): void {
  const message = `Route ${request.method}:${request.url} not found`;
  response.writeHead(404, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ message, error: 'Not Found', statusCode: 404 }));
}
