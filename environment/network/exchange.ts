import {
  Agent,
  globalAgent,
  request as requestPlain,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** A request to a server that answers in text. */
export interface Exchange {
  /** GET where none is named. */
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Ends it; also its answer, where that has begun. */
  signal: AbortSignal;
  /** That of this process without one; false for a connection that serves no other request. */
  agent?: Agent | false;
}

/** An answer, read to its end. A redirect is one like any other. */
export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** The longest answer that is read: a thousand secrets are a few hundred kilobytes. */
const MOST_BYTES = 256 * 1024 * 1024;
// Servers close what is silent for 5 s and more: a request that is sent at that moment is lost.
const SILENT_MS = 3_000;
// Where Node is told to go by HTTP_PROXY (NODE_USE_ENV_PROXY, --use-env-proxy), its own agent knows, and others do not.
const { proxyEnv } = (globalAgent as Agent & { options: { proxyEnv?: object } }).options;
const kept = { keepAlive: true, timeout: SILENT_MS, ...(proxyEnv && { proxyEnv }) };
const plain = new Agent(kept);
const tls = new TlsAgent(kept);
const unzip = promisify(gunzip);

/** Connections to servers that these authorities vouch for, and no others. */
export const vouchedBy = (ca: string | Buffer): TlsAgent => new TlsAgent({ ...kept, ca });

/**
 * Sends one request and waits for all of its answer. Rejects with the signal's reason, or with Node's error, by whose `code`
 * it can be told. By Node's first client: `fetch` takes 0.08 s before its first request, and four times as long for each.
 */
export async function exchange(url: string, asked: Exchange): Promise<Answered> {
  try {
    const answer = await send(url, asked);
    const { statusCode: status = 0, headers } = answer;
    const bytes = await readAll(answer);
    // an empty answer may say so, too
    const isPacked = bytes.length > 0 && /^(x-)?gzip$/i.test(headers['content-encoding'] ?? '');
    const whole = isPacked ? await unzip(bytes, { maxOutputLength: MOST_BYTES }) : bytes;
    return { status, headers, text: whole.toString('utf8').replace(/^\ufeff/, '') };
  } catch (error) {
    asked.signal.throwIfAborted();
    throw error;
  }
}

/** A question that met the end of an open connection is asked again: a server may close one at any moment. */
function send(url: string, asked: Exchange): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body, signal, agent } = asked;
  const isTls = url.startsWith('https:');
  const size = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options = {
    ...{ method, signal, agent: agent ?? (isTls ? tls : plain) },
    headers: { ...headers, ...size, 'accept-encoding': 'gzip' },
  };
  return new Promise((resolve, reject) => {
    const request = isTls ? requestTls(url, options) : requestPlain(url, options);
    const failed = (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && error.code === 'ECONNRESET' && method === 'GET';
      if (isStale && !signal.aborted) resolve(send(url, asked));
      else reject(error);
    };
    // a switch to another protocol is neither answer nor error, and the signal no longer ends it
    const closed = () => reject(Object.assign(new Error('no answer'), { code: 'ECONNRESET' }));
    const answered = (answer: IncomingMessage) => {
      request.off('error', failed).on('error', () => undefined); // its reader is told
      resolve(answer);
    };
    request.once('response', answered).on('error', failed).once('close', closed).end(body);
  });
}

/** Throws where the answer breaks off. */
async function readAll(answer: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    length += chunk.length;
    if (length > MOST_BYTES) throw Object.assign(new Error('the answer is too long'), { code: 'EMSGSIZE' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
