import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/core/failures';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { SecretCodec } from '../../worker/sealing/secret-codec';
import type { RequestRecord } from './audit';
import { identifyCaller, type Caller, type Scope } from './grants';
import { runCodec, type Route } from './payloads';

export interface CodecServerOptions {
  codec: SecretCodec;
  /** Where the access token and the grants are. */
  dir: string;
  /** The one origin whose pages may ask; undefined for none. */
  origin: string | undefined;
  audit: (record: RequestRecord) => void;
}

/** Why a request is not answered: the HTTP status, a word for the audit, and what to do. */
interface Refusal {
  status: number;
  outcome: string;
  message: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the audit will say of the request. */
    facts: Pick<RequestRecord, 'who' | 'outcome' | 'payloads' | 'leaves' | 'places'>;
    scope: Scope;
    /** One of a flood, whose first is in the audit. */
    isUnheard: boolean;
  }
}

const REQUEST_TIMEOUT_MS = 30_000;
const MAX_BODY_BYTES = 8 * 1024 * 1024; // Temporal's own messages end at 4 MiB; base64 makes a third more of them
// Nobody guesses a token of 32 bytes; this keeps the audit and the machine from being filled.
const STRANGERS_A_MINUTE = 30;
const BEARER = /^Bearer +(\S+) *$/i;
const HOW_TO_GET = 'onex-bootstrap codec-server grant NAME --minutes N';

/**
 * Temporal's codec server over HTTP; whoever makes it listens. Every request brings a token and is audited; of those
 * without one a few a minute are answered.
 */
export function createCodecServer({ codec, dir, origin, audit }: CodecServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    rewriteUrl: takeTokenFromPath,
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body));
  for (const name of ['facts', 'scope', 'isUnheard']) server.decorateRequest(name);
  const strangers = countsOfAMinute();

  server.addHook('onRequest', async (request, reply) => {
    request.facts = { who: 'unknown', outcome: 'failed', payloads: 0, leaves: 0, places: [] };
    const { headers, method } = request;
    reply.headers({ 'cache-control': 'no-store', vary: 'origin' });
    if (headers.origin !== undefined && headers.origin === origin)
      reply.header('access-control-allow-origin', origin);
    if (method === 'OPTIONS') {
      reply.header('access-control-allow-methods', 'POST');
      reply.header('access-control-allow-headers', 'authorization, content-type, x-namespace');
      return reply.code(204).send();
    }
    const [, token] = BEARER.exec(headers.authorization ?? '') ?? [];
    const caller = await identifyCaller(dir, token);
    request.facts.who = 'name' in caller ? caller.name : caller.kind;
    request.scope = caller.kind === 'grant' ? caller.scope : {};
    const tries = caller.kind === 'unknown' ? strangers() : 0;
    request.isUnheard = tries > STRANGERS_A_MINUTE + 1;
    if (tries > STRANGERS_A_MINUTE) {
      reply.header('retry-after', '60');
      const message = `More than ${STRANGERS_A_MINUTE} requests in a minute had no token that is known here.`;
      return refuse(request, reply, { status: 429, outcome: 'too many', message });
    }
    const refusal = otherOrigin(headers.origin, origin) ?? refusalOf(method, routeOf(request), caller);
    return refusal && refuse(request, reply, refusal);
  });

  server.post('/:route', async (request, reply) => {
    try {
      const { scope, facts } = request;
      const call = { body: String(request.body), namespace: namespaceOf(request), scope };
      const body = await runCodec(codec, routeOf(request) as Route, call, (counts) =>
        Object.assign(facts, counts),
      );
      facts.outcome = 'done';
      return await reply.type('application/json').send(body);
    } catch (error) {
      const message = messageOf(error);
      const isBeyond = error instanceof ApplicationFailure && error.type === FailureType.forbidden;
      if (isBeyond) return refuse(request, reply, { status: 403, outcome: 'not granted', message });
      return refuse(request, reply, { status: 400, outcome: 'unusable', message });
    }
  });

  server.setErrorHandler((error: { code?: string; statusCode?: number }, request, reply) => {
    const { code, statusCode: status = 500 } = error;
    if (code !== 'FST_ERR_CTP_BODY_TOO_LARGE')
      return refuse(request, reply, { status, outcome: 'failed', message: messageOf(error) });
    const message = `A body may have ${MAX_BODY_BYTES} bytes.`;
    return refuse(request, reply, { status, outcome: 'too large', message });
  });

  server.addHook('onSend', (request, reply, body, done) => {
    const { headers, method, facts, raw } = request;
    if (!raw.complete) reply.header('connection', 'close'); // the rest of its body is not read
    const { statusCode: status } = reply;
    const namespace = namespaceOf(request);
    if (method !== 'OPTIONS' && !request.isUnheard)
      audit({ route: routeOf(request), namespace, origin: headers.origin, status, ...facts });
    done(null, body);
  });
  return server;
}

/** A UI without login can send no header: its token comes in the path, before the route. */
function takeTokenFromPath({ url = '/', headers }: IncomingMessage): string {
  const [first = '', second, ...more] = (url.split('?')[0] ?? '').split('/').filter(Boolean);
  if (second === undefined) return `/${encodeURIComponent(first)}`;
  if (!BEARER.test(headers.authorization ?? '')) headers.authorization = `Bearer ${first}`;
  return more.length === 0 ? `/${encodeURIComponent(second)}` : '/';
}

const namespaceOf = ({ headers }: FastifyRequest) => headers['x-namespace']?.toString();

/** Counts within a minute, from one on. */
function countsOfAMinute(): () => number {
  let [since, count] = [0, 0];
  return () => {
    const now = performance.now();
    if (count === 0 || now - since > 60_000) [since, count] = [now, 0];
    return ++count;
  };
}

const routeOf = ({ url }: FastifyRequest) => url.slice(1);

function otherOrigin(given: string | undefined, origin: string | undefined): Refusal | undefined {
  if (given === undefined || given === origin) return undefined;
  const started = origin === undefined ? 'for no page' : `for the pages of ${origin}`;
  const message = `This codec server was started ${started}. Start it with --origin ${given} if that is your Temporal UI.`;
  return { status: 403, outcome: 'other origin', message };
}

/** What is wrong with a request before its body is read; undefined for one that may go on. */
function refusalOf(method: string, route: string, caller: Caller): Refusal | undefined {
  const refusal = (status: number, outcome: string, message: string) => ({ status, outcome, message });
  if (caller.kind === 'unknown')
    return refusal(
      401,
      'no token',
      'Send "Authorization: Bearer TOKEN", or put the token before the route: /TOKEN/decode. ' +
        `The codec server printed the path of its token; ${HOW_TO_GET} makes one that may decode.`,
    );
  if (caller.kind === 'ended')
    return refusal(403, 'ended', `The grant ${caller.name} ${caller.how}: ${HOW_TO_GET}`);
  if (route !== 'encode' && route !== 'decode')
    return refusal(404, 'no route', 'There are two routes: POST /encode and POST /decode.');
  if (method !== 'POST') return refusal(405, 'no method', `/${route} takes POST.`);
  if (route === 'decode' && caller.kind === 'token')
    return refusal(403, 'no grant', `This token may encode only. Decoding shows secrets: ${HOW_TO_GET}`);
  return undefined;
}

function refuse(request: FastifyRequest, reply: FastifyReply, { status, outcome, message }: Refusal) {
  request.facts.outcome = outcome;
  return reply.code(status).send({ error: message });
}

// Our own messages never quote a payload; those of others might.
function messageOf(error: unknown): string {
  return error instanceof ApplicationFailure ? error.message : 'The request cannot be answered.';
}
