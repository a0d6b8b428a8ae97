import { z, type ZodType } from 'zod';
import type { Answered } from '../environment/network/exchange';
import { InfisicalError, type InfisicalProblem, type ServerWords } from './problem';

/** The request that an answer is of, as its errors name it: `route` is a template without values. */
interface Asked {
  method: string;
  route: string;
  address: string;
  /** Whether it carried a token, which tells a bad login from a dead token. */
  authenticated: boolean;
}

/** An InfisicalError that names method, route template and status. */
export function callProblem(
  { method, route }: Pick<Asked, 'method' | 'route'>,
  problem: InfisicalProblem,
  text: string,
  status?: number,
  server?: ServerWords,
): InfisicalError {
  const title = `${method} ${route}: ${[status, text].filter(Boolean).join(' ')}`;
  return new InfisicalError(title, problem, status, server);
}

/**
 * The answer's body as `schema` reads it; every other answer is an InfisicalError without a value in it. An optional schema
 * takes an empty one too.
 */
export function interpretAnswer<T>(asked: Asked, { status, text, headers }: Answered, schema: ZodType<T>): T {
  const failed = (problem: InfisicalProblem, words: string, server?: ServerWords) =>
    callProblem(asked, problem, words, status, server);
  const isJson = /\bjson\b/i.test(headers['content-type'] ?? '');
  const json = isJson ? parseJson(text) : undefined;
  if (isJson && json === undefined)
    throw failed(
      { kind: 'unavailable', reason: 'network' },
      `the answer of ${asked.address} was cut off`,
      status < 400 ? undefined : { whole: text }, // that of a success may hold secrets
    );
  if (status >= 300 && status < 400) {
    const whole = headers.location ?? '';
    throw failed({ kind: 'redirected' }, `redirects to ${whereTo(asked.address, whole)}`, { whole });
  }
  if (status === 400 && json === undefined && WANTS_TLS.test(text)) {
    const told = `${asked.address} speaks https there. Correct the address`;
    throw failed({ kind: 'unavailable', reason: 'address' }, told, { whole: text });
  }
  if (status >= 400) {
    const { problem, server } = readRefusal(asked, { status, json, retryAfter: headers['retry-after'] });
    throw failed(
      problem,
      json === undefined ? 'a page or text, not JSON' : (known(server.text) ?? meaningOf(problem)),
      {
        ...server,
        whole: text,
      },
    );
  }
  if (text === '' && schema instanceof z.ZodOptional) return schema.parse(undefined) as T;
  if (json === undefined)
    throw failed(
      { kind: 'unavailable', reason: 'page' },
      'a page, not JSON: is this the address of an Infisical?',
    );
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues
    .map(({ path }) => path.join('.') || 'body')
    .slice(0, 3)
    .join(', ');
  throw failed({ kind: 'unexpected' }, `answer without a usable ${fields}`);
}

// as nginx, Apache and Go's servers have it; others close the connection
const WANTS_TLS =
  /plain HTTP (request was sent )?to (an? )?(HTTPS|SSL-enabled server) port|HTTP request to an HTTPS server/i;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The same server by another protocol is told; any other address is the server's word. */
function whereTo(address: string, location: string): string {
  const [own, other] = [URL.parse(address), URL.parse(location, address)];
  if (own === null || other === null || own.hostname !== other.hostname)
    return 'another server: use its address';
  if (own.protocol !== other.protocol) return `${other.protocol}//${own.hostname}: use that address`;
  return 'another path';
}

// What servers are known to say, and what that means.
const KNOWN: [says: RegExp, means: string][] = [
  [/usage limit|uses limit/i, 'its uses are used up'],
  [/upgrade (your )?plan|plan restriction|plan limit/i, "the server's licence does not include this"],
  [/\b(IP|ip) address\b|trusted ip/i, 'not from the address of this host, which is none of the trusted ones'],
  [/\bexpired\b/i, 'it has expired'],
];

const known = (said = '') => KNOWN.find(([says]) => says.test(said))?.[1];

/** What a refusal means, in the words of ours that stand in its place. */
const MEANS: Record<InfisicalProblem['kind'], string> = {
  notFound: 'no such thing there',
  routeMissing: 'the server does not know this route',
  forbidden: 'the identity may not do this',
  unauthorised: 'the credentials are refused',
  tokenExpired: 'the token is no longer accepted',
  lockedOut: 'too many refused logins have locked this identity',
  conflict: 'it is there already',
  invalid: 'the server does not accept the request',
  rateLimited: 'rate limit',
  unavailable: 'an error of the server',
  redirected: 'an error of the server',
  unexpected: 'an error of the server',
};

const meaningOf = (problem: InfisicalProblem) =>
  problem.kind === 'rateLimited'
    ? `${MEANS.rateLimited}, free again in ${problem.retryAfterSeconds} s`
    : MEANS[problem.kind];

/** An answer that is no success. `json` is undefined where the body is not JSON. */
interface Refusal {
  status: number;
  json: unknown;
  retryAfter: string | undefined;
}

const bodySchema = z.object({
  message: z.union([z.string(), z.array(z.unknown())]).default(''),
  error: z.string().optional(),
});
const RETRY_AFTER_DEFAULT_SECONDS = 10;

/** Reads the status and the two body shapes of both generations: 401 may be a validation error, 500 a rate limit. */
function readRefusal(asked: Asked, refusal: Refusal): { problem: InfisicalProblem; server: ServerWords } {
  const { success, data } = bodySchema.safeParse(refusal.json);
  if (!success) {
    const reason = refusal.status >= 500 ? 'server' : 'page';
    return { problem: limited(refusal, '') ?? { kind: 'unavailable', reason }, server: {} };
  }
  const { message, error: name } = data;
  if (Array.isArray(message)) return { problem: { kind: 'invalid' }, server: { name } };
  const problem = limited(refusal, message) ?? classify(refusal.status, message, name, asked);
  return { problem, server: { name, text: message } };
}

// A user's token whose session is over, as after a change of the password, and no word about what was asked for.
const SESSION_ENDED = 'Session not found';

function classify(
  status: number,
  text: string,
  name: string | undefined,
  { authenticated }: Asked,
): InfisicalProblem {
  switch (status) {
    case 400: {
      const taken = /\balready (exist|a member|been set up|configured|taken)/i.test(text);
      const isThere = taken || /(configured identity|^Additional privilege .* exists?)$/.test(text);
      return { kind: isThere ? 'conflict' : 'invalid' };
    }
    case 401:
      if (/temporarily locked/i.test(text)) return { kind: 'lockedOut' };
      if (/usage limit|uses limit/i.test(text)) return { kind: 'unauthorised' };
      return { kind: authenticated ? 'tokenExpired' : 'unauthorised' };
    case 403:
      return { kind: name === 'TokenError' && authenticated ? 'tokenExpired' : 'forbidden' };
    case 404:
      if (name === SESSION_ENDED && authenticated) return { kind: 'tokenExpired' };
      return { kind: /^Route \S+:.* not found$/s.test(text) ? 'routeMissing' : 'notFound' };
    default:
      return status >= 500 ? { kind: 'unavailable', reason: 'server' } : { kind: 'invalid' };
  }
}

// the server of 2024 answers its rate limit with 500, told apart only by the header
function limited({ status, retryAfter }: Refusal, text: string): InfisicalProblem | undefined {
  if (status !== 429 && !(status >= 500 && retryAfter !== undefined)) return undefined;
  const said = retryAfter ?? /in (\d+) seconds?/.exec(text)?.[1];
  return { kind: 'rateLimited', retryAfterSeconds: secondsOf(said) ?? RETRY_AFTER_DEFAULT_SECONDS };
}

/** `Retry-After` is a number of seconds or a date. */
function secondsOf(said: string | undefined): number | undefined {
  if (said === undefined) return undefined;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(said) ? Number(said) : (Date.parse(said) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.max(seconds, 0) : undefined;
}
