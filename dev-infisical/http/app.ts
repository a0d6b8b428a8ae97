import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import fastify, { LogController, type FastifyInstance } from 'fastify';
import { registerRoutes } from '../routes/register-routes';
import type { Context } from './context';
import { answerError } from './error-answer';

/** The HTTP application, not listening yet. */
export function createApp(context: Context): FastifyInstance {
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
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-dev-infisical', 'development-server-not-infisical');
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
