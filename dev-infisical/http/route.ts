import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { z } from 'zod';
import { authenticate } from './authenticate';
import type { Actor, Member, Server } from './context';
import { notAllowed, unauthorized } from './errors';
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
  user: Extract<Member, { type: 'user' }>;
  member: Member;
}

interface Options<For extends Access, Body extends z.ZodType, Query extends z.ZodType> {
  /** `member` unless it is named. */
  access?: For;
  /** GET counts as a read and everything else as a write unless it is named. */
  rate?: RateClass;
  body?: Body;
  query?: Query;
}

interface Call<For extends Access, Body extends z.ZodType, Query extends z.ZodType> {
  actor: Caller[For];
  body: z.output<Body>;
  query: z.output<Query>;
  params: Record<string, string>;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Adds one method to one or several paths: today's and its deprecated twins. What the handler gives is the 200 answer. */
type Add = <
  For extends Access = 'member',
  Body extends z.ZodType = z.ZodUnknown,
  Query extends z.ZodType = z.ZodUnknown,
>(
  url: string | string[],
  options: Options<For, Body, Query>,
  handle: (call: Call<For, Body, Query>) => Promise<unknown>,
) => void;

/** Adds routes to the server. A request meets access first, then the limiter, then validation, then the handler. */
export function routesOf(server: Server): Record<'get' | 'post' | 'patch' | 'remove', Add> {
  const adder =
    (method: HTTPMethods, usual: RateClass): Add =>
    (urls, { access, rate, body, query }, handle) => {
      for (const url of [urls].flat()) {
        server.app.route({
          method,
          url,
          onRequest: async (request) => {
            request.actor = await authenticate(server, request.headers.authorization);
            checkAccess(access ?? 'member', request);
          },
          preValidation: (request, reply) => limitRate(server, rate ?? usual, request, reply),
          handler: async (request, reply) =>
            handle({
              actor: request.actor as never,
              body: (body && validate(server, body, request.body)) as never,
              query: (query && validate(server, query, request.query)) as never,
              params: request.params as Record<string, string>,
              request,
              reply,
            }),
        });
      }
    };
  return {
    get: adder('GET', 'read'),
    post: adder('POST', 'write'),
    patch: adder('PATCH', 'write'),
    remove: adder('DELETE', 'write'),
  };
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

/** Trimmed text, as nearly every field of the API. */
export const text = z.string().trim();

/** Query flags are the texts "true" and "false" and nothing else. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');

/** A field that this family of routes does not know is ignored. */
export const unknownField: z.ZodType<string | undefined> = z
  .unknown()
  .optional()
  .transform(() => undefined);
