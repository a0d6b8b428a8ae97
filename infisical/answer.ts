import { z, type ZodType } from 'zod';
import { scrub } from '../contracts/core/secret-scope';
import { InfisicalError, type InfisicalProblem, type ServerWords } from './problem';

/** The request that an answer is of, as its errors name it: `route` is a template without values. */
interface Asked {
  method: string;
  route: string;
  address: string;
  /** Whether it carried a token, which tells a bad login from a dead token. */
  authenticated: boolean;
}

/** An answer as it came over the wire, body included. */
export interface Answer {
  status: number;
  text: string;
  headers: Headers;
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

/** The answer's body as `schema` reads it; every other answer is an InfisicalError without a value in it. */
export function interpretAnswer<T>(asked: Asked, { status, text, headers }: Answer, schema: ZodType<T>): T {
  const failed = (problem: InfisicalProblem, words: string, server?: ServerWords) =>
    callProblem(asked, problem, words, status, server);
  const isJson = /\bjson\b/i.test(headers.get('content-type') ?? '');
  const json = isJson ? parseJson(text) : undefined;
  if (isJson && json === undefined)
    throw failed({ kind: 'unavailable', reason: 'network' }, `the answer of ${asked.address} was cut off`);
  if (status >= 300 && status < 400)
    throw failed(
      { kind: 'redirected' },
      `redirects to ${originOf(headers.get('location'))}: use that address`,
    );
  if (status >= 400) {
    const { problem, server } = readRefusal(asked, { status, json, retryAfter: headers.get('retry-after') });
    const said =
      problem.kind === 'rateLimited'
        ? `rate limit, free again in ${problem.retryAfterSeconds} s`
        : (server.text ?? '');
    throw failed(problem, json === undefined ? 'a page or text, not JSON' : scrub(said), server);
  }
  if (json === undefined)
    throw failed(
      { kind: 'unavailable', reason: 'page' },
      'a page, not JSON: is this the address of an Infisical?',
    );
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'body').join(', ');
  throw failed({ kind: 'unexpected' }, `answer without a usable ${fields}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const originOf = (location: string | null) =>
  location !== null && URL.canParse(location) ? new URL(location).origin : 'another path';

/** An answer that is no success. `json` is undefined where the body is not JSON. */
interface Refusal {
  status: number;
  json: unknown;
  retryAfter: string | null;
}

const bodySchema = z.object({
  message: z.union([z.string(), z.array(z.unknown())]).default(''),
  error: z.string().optional(),
});
const issueSchema = z.object({
  path: z.array(z.union([z.string(), z.number()])).default([]),
  message: z.string(),
});
const RETRY_AFTER_DEFAULT_SECONDS = 10;
const TEXT_LIMIT = 300;

/** Reads the status and the two body shapes of both generations: 401 may be a validation error, 500 a rate limit. */
function readRefusal(asked: Asked, refusal: Refusal): { problem: InfisicalProblem; server: ServerWords } {
  const { success, data } = bodySchema.safeParse(refusal.json);
  if (!success) {
    const reason = refusal.status >= 500 ? 'server' : 'page';
    return { problem: limited(refusal, '') ?? { kind: 'unavailable', reason }, server: {} };
  }
  const { message, error: name } = data;
  const isValidation = Array.isArray(message);
  const text = shorten(isValidation ? message.map(issue).join('; ') : message);
  const problem = isValidation
    ? ({ kind: 'invalid' } as const)
    : (limited(refusal, text) ?? classify(refusal.status, text, name, asked));
  return { problem, server: { name, text } };
}

function classify(
  status: number,
  text: string,
  name: string | undefined,
  { authenticated }: Asked,
): InfisicalProblem {
  switch (status) {
    case 400: {
      const taken = /\balready (exist|a member|been set up|configured|taken)/i.test(text);
      return { kind: taken || /configured identity$/.test(text) ? 'conflict' : 'invalid' };
    }
    case 401:
      if (/temporarily locked/i.test(text)) return { kind: 'lockedOut' };
      if (/usage limit|uses limit/i.test(text)) return { kind: 'unauthorised' };
      return { kind: authenticated ? 'tokenExpired' : 'unauthorised' };
    case 403:
      return { kind: name === 'TokenError' && authenticated ? 'tokenExpired' : 'forbidden' };
    case 404:
      return { kind: /^Route \S+:.* not found$/s.test(text) ? 'routeMissing' : 'notFound' };
    default:
      return status >= 500 ? { kind: 'unavailable', reason: 'server' } : { kind: 'invalid' };
  }
}

// the server of 2024 answers its rate limit with 500, told apart only by the header
function limited({ status, retryAfter }: Refusal, text: string): InfisicalProblem | undefined {
  if (status !== 429 && !(status >= 500 && retryAfter !== null)) return undefined;
  const said = retryAfter ?? /in (\d+) seconds?/.exec(text)?.[1];
  return { kind: 'rateLimited', retryAfterSeconds: secondsOf(said) ?? RETRY_AFTER_DEFAULT_SECONDS };
}

/** `Retry-After` is a number of seconds or a date. */
function secondsOf(said: string | undefined): number | undefined {
  if (said === undefined) return undefined;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(said) ? Number(said) : (Date.parse(said) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.max(seconds, 0) : undefined;
}

function issue(found: unknown): string {
  const { data } = issueSchema.safeParse(found);
  // zod's enum messages end with what was received
  return data ? `${data.path.join('.')}: ${data.message.replace(/,? received .*$/s, '')}` : 'invalid';
}

const shorten = (text: string) => (text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text);
