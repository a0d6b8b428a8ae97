import { createHash } from 'node:crypto';
import fastify, { LogController, type FastifyInstance } from 'fastify';
import { registerRoutes } from '../routes/register-routes';
import { authenticate } from './authenticate';
import type { Context } from './context';
import { answerError } from './error-answer';

/** The HTTP application, not listening yet. */
export function createApp(context: Context): FastifyInstance {
  const app = fastify({
    logger: {
      level: context.settings.DEV_INFISICAL_LOG_LEVEL,
      base: { server: 'dev-infisical, NOT Infisical' },
    },
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  });
  app.decorateRequest('actor', undefined);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-dev-infisical', 'development-server-not-infisical');
    request.actor = await authenticate(context, request.headers.authorization);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string') return payload;
    const etag = `"${createHash('sha1').update(payload).digest('base64url')}"`;
    reply.header('etag', etag);
    if (request.headers['if-none-match'] !== etag) return payload;
    reply.code(304);
    return '';
  });
  app.setErrorHandler((error, request, reply) => answerError(context, error, request, reply));
  registerRoutes({ ...context, app });
  return app;
}
