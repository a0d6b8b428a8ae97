import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { z } from 'zod';
import type { Actor } from './actor';
import { notAllowed, unauthorized } from './api-error';
import { authenticate } from './authenticate';
import type { Server } from './context';
import { limitRate, type RateClass } from './rate-limit';
import { validate } from './validate';

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor | undefined;
  }
}

/** Who may call: anybody; a user even before selecting an organisation; a user in one; a user in one or an identity. */
type Access = 'public' | 'session' | 'user' | 'member';

/** The caller that each access promises to the handler. */
interface Caller {
  public: Actor | undefined;
  session: Extract<Actor, { type: 'user' }>;
  user: Extract<Actor, { type: 'user' }> & { orgId: string };
  member: Actor & { orgId: string };
}

interface RouteSpec<For extends Access, Body extends z.ZodType, Query extends z.ZodType> {
  method: HTTPMethods;
  /** One or several paths: today's and its deprecated twins. */
  url: string | string[];
  access: For;
  rate: RateClass;
  body?: Body;
  query?: Query;
  handle: (call: {
    actor: Caller[For];
    body: z.output<Body>;
    query: z.output<Query>;
    params: Record<string, string>;
    request: FastifyRequest;
    reply: FastifyReply;
  }) => Promise<unknown>;
}

/** Adds a route: access first, then the limiter, then validation, then the handler; its result is the 200 answer. */
export function route<
  For extends Access,
  Body extends z.ZodType = z.ZodUnknown,
  Query extends z.ZodType = z.ZodUnknown,
>(server: Server, spec: RouteSpec<For, Body, Query>): void {
  for (const url of [spec.url].flat()) {
    server.app.route({
      method: spec.method,
      url,
      onRequest: async (request) => {
        request.actor = await authenticate(server, request.headers.authorization);
        checkAccess(spec.access, request);
      },
      preValidation: (request, reply) => limitRate(server, spec.rate, request, reply),
      handler: async (request, reply) =>
        spec.handle({
          actor: request.actor as Caller[For],
          body: spec.body ? validate(server, spec.body, request.body) : (undefined as z.output<Body>),
          query: spec.query ? validate(server, spec.query, request.query) : (undefined as z.output<Query>),
          params: request.params as Record<string, string>,
          request,
          reply,
        }),
    });
  }
}

function checkAccess(access: Access, request: FastifyRequest): void {
  if (access === 'public') return;
  const { actor } = request;
  if (actor === undefined) throw unauthorized('Token missing');
  if (actor.type === 'identity' && access !== 'member')
    throw notAllowed(`Forbidden access to ${request.url}`);
  if (access === 'session' || actor.orgId !== undefined) return;
  const reason = `${request.url} Unauthorized Access, no organization found in request`;
  throw unauthorized('You are not allowed to access this resource', reason);
}

/** Query flags are the texts "true" and "false" and nothing else. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
