import { ApplicationFailure } from '@temporalio/common';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { SecretCodec } from '../../worker/sealing/secret-codec';
import type { AuditRecord } from './audit-log';
import { identifyCaller, type Caller } from './identify-caller';
import { readPayloads, writePayloads } from './payload-messages';
import { MAX_BODY_BYTES, readBody } from './read-body';
import { refusalOf, type Refusal } from './refusal';
import { targetOf, type Target } from './request-target';
import { runCodec } from './run-codec';

export interface CodecServerOptions {
  codec: SecretCodec;
  /** Where the access token and the grants are. */
  dir: string;
  /** The one origin whose pages may ask; undefined for none. */
  origin: string | undefined;
  audit: (record: AuditRecord) => void;
}

interface Answer {
  status: number;
  outcome: string;
  body: string;
  payloads: number;
  leaves: number;
}

const REQUEST_TIMEOUT_MS = 30_000;
const ALLOWED_HEADERS = 'authorization, content-type, x-namespace';

/** Temporal's codec server over HTTP; whoever makes it listens. Every request brings a token and is audited. */
export function createCodecServer(options: CodecServerOptions): Server {
  const server = createServer((request, response) => {
    respond(request, response, options).catch((error: unknown) => {
      send(request, response, refused({ status: 500, outcome: 'failed', message: messageOf(error) }));
    });
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  return server;
}

async function respond(request: IncomingMessage, response: ServerResponse, options: CodecServerOptions) {
  const { origin } = request.headers;
  response.setHeader('cache-control', 'no-store').setHeader('vary', 'origin');
  if (origin !== undefined && origin === options.origin) {
    response.setHeader('access-control-allow-origin', origin);
  }
  if (request.method === 'OPTIONS') {
    response.setHeader('access-control-allow-methods', 'POST');
    response.setHeader('access-control-allow-headers', ALLOWED_HEADERS);
    response.writeHead(204).end();
    return;
  }
  const target = targetOf(request);
  const caller = await identifyCaller(options.dir, target.token);
  const { body, ...facts } = await answerTo(request, target, caller, options);
  const namespace = request.headers['x-namespace']?.toString();
  options.audit({ who: nameOf(caller), route: target.route, namespace, origin, ...facts });
  send(request, response, { body, ...facts });
}

async function answerTo(
  request: IncomingMessage,
  target: Target,
  caller: Caller,
  { codec, origin }: CodecServerOptions,
): Promise<Answer> {
  const refusal = otherOrigin(request.headers.origin, origin) ?? refusalOf(request.method, target, caller);
  if (refusal !== undefined) return refused(refusal);
  const text = await readBody(request);
  if (text === undefined) {
    const message = `A body may have ${MAX_BODY_BYTES} bytes.`;
    return refused({ status: 413, outcome: 'too large', message });
  }
  try {
    const route = target.route === 'decode' ? 'decode' : 'encode';
    const { payloads, leaves } = await runCodec(codec, route, readPayloads(text));
    const body = writePayloads(payloads);
    return { status: 200, outcome: 'done', body, payloads: payloads.length, leaves };
  } catch (error) {
    return refused({ status: 400, outcome: 'unusable', message: messageOf(error) });
  }
}

function otherOrigin(given: string | undefined, origin: string | undefined): Refusal | undefined {
  if (given === undefined || given === origin) return undefined;
  const started = origin === undefined ? 'for no page' : `for the pages of ${origin}`;
  const message = `This codec server was started ${started}. Start it with --origin ${given} if that is your Temporal UI.`;
  return { status: 403, outcome: 'other origin', message };
}

const refused = ({ status, outcome, message }: Refusal): Answer => ({
  status,
  outcome,
  body: JSON.stringify({ error: message }),
  payloads: 0,
  leaves: 0,
});

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Answer): void {
  if (!request.complete) response.setHeader('connection', 'close'); // the rest of its body is not read
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function nameOf(caller: Caller): string {
  return 'name' in caller ? caller.name : caller.kind;
}

// Our own messages never quote a payload; those of others might.
function messageOf(error: unknown): string {
  return error instanceof ApplicationFailure ? error.message : 'The request cannot be answered.';
}
