import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, broken } from './errors';
import type { Context } from './context';

/** The classes of the real server, requests per minute on the free plan; counted per route, method and client address. */
export type RateClass = 'read' | 'write' | 'secrets' | 'auth' | 'none';
const PER_MINUTE = { read: 60, write: 200, secrets: 40, auth: 60 };
const WINDOW_SECONDS = 60;

/** Counts one request in Redis; over the limit it is 429 today and was a 500 with `retry-after` in 2024. */
export async function limitRate(
  context: Context,
  kind: RateClass,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (context.settings.DEV_INFISICAL_RATE_LIMITS === 'off' || kind === 'none') return;
  const max = PER_MINUTE[kind];
  const key = `dev-infisical:rate:${request.method}${request.routeOptions.url}:${clientAddress(request)}`;
  const used = await context.redis.incr(key);
  if (used === 1) await context.redis.expire(key, WINDOW_SECONDS);
  const left = Math.max(1, await context.redis.ttl(key));
  reply.headers({
    'x-ratelimit-limit': max,
    'x-ratelimit-remaining': Math.max(0, max - used),
    'x-ratelimit-reset': left,
  });
  if (used <= max) return;
  reply.header('retry-after', left);
  if (context.legacy) throw broken();
  throw new ApiError(429, `Rate limit exceeded. Please try again in ${left} seconds`, 'RateLimitExceeded');
}

function clientAddress(request: FastifyRequest): string {
  for (const name of ['cf-connecting-ip', 'x-client-ip', 'x-forwarded-for', 'x-real-ip']) {
    const value = request.headers[name];
    const address = Array.isArray(value) ? value[0] : value?.split(',')[0];
    if (address) return address.trim();
  }
  return request.ip;
}
