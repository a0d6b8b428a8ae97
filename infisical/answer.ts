import { z, type ZodType } from 'zod';
import { scrub } from '../contracts/core/secret-scope';
import { InfisicalError, type InfisicalProblem, type ServerWords } from './problem';

/** The request that an answer is of, as its errors name it: `route` is a template without values. */
export interface Asked {
  method: string;
  route: string;
}

/** An answer as it came over the wire, body included. */
export interface Answer {
  status: number;
  text: string;
  headers: Headers;
}

/** The answer's body as `schema` reads it; every other answer is an InfisicalError without a value in it. */
export function interpretAnswer<T>(
  asked: Asked,
  { status, text, headers }: Answer,
  schema: ZodType<T>,
  { address, authenticated }: { address: string; authenticated: boolean },
): T {
  const isJson = /\bjson\b/i.test(headers.get('content-type') ?? '');
  const json = isJson ? parseJson(text) : undefined;
  if (isJson && json === undefined)
    throw callProblem(
      asked,
      { kind: 'unavailable', reason: 'network' },
      `the answer of ${address} was cut off`,
      status,
    );
  if (status >= 300 && status < 400)
    throw callProblem(
      asked,
      { kind: 'redirected' },
      `redirects to ${originOf(headers.get('location'))}: use that address`,
      status,
    );
  if (status >= 400) {
    const found = problemOfAnswer({ status, json, retryAfter: headers.get('retry-after'), authenticated });
    const words = json === undefined ? 'a page or text, not JSON' : scrub(said(found));
    throw new InfisicalError(title(asked, status, words), found.problem, status, found.server);
  }
  if (json === undefined)
    throw callProblem(
      asked,
      { kind: 'unavailable', reason: 'page' },
      'a page, not JSON: is this the address of an Infisical?',
      status,
    );
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'body').join(', ');
  throw callProblem(asked, { kind: 'unexpected' }, `answer without a usable ${fields}`, status);
}

interface NoAnswer {
  address: string;
  /** Milliseconds. */
  deadline: number;
  timedOut: boolean;
  /** Where the headers had come before the body broke off. */
  status?: number | undefined;
}

/** What a request that brought no answer means: its deadline, or the network. */
export function noAnswer(
  asked: Asked,
  error: unknown,
  { address, deadline, timedOut, status }: NoAnswer,
): InfisicalError {
  if (timedOut) {
    const text = `no answer within ${deadline} ms`;
    return callProblem(asked, { kind: 'unavailable', reason: 'deadline' }, text, status);
  }
  const { cause } = error as { cause?: { code?: unknown } };
  const code = typeof cause?.code === 'string' ? cause.code : 'connection failed';
  const text = `${address} cannot be reached (${code})`;
  return callProblem(asked, { kind: 'unavailable', reason: 'network' }, text, status);
}

/** An InfisicalError that names method, route template and status. */
export function callProblem(
  asked: Asked,
  problem: InfisicalProblem,
  text: string,
  status?: number,
): InfisicalError {
  return new InfisicalError(title(asked, status, text), problem, status);
}

const title = ({ method, route }: Asked, status: number | undefined, text: string) =>
  `${method} ${route}: ${[status, text].filter(Boolean).join(' ')}`;

function said({ problem, server }: ReturnType<typeof problemOfAnswer>): string {
  if (problem.kind === 'rateLimited') return `rate limit, free again in ${problem.retryAfterSeconds} s`;
  return server.text ?? '';
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
export interface Refusal {
  status: number;
  json: unknown;
  retryAfter: string | null;
  /** Whether the request carried a token, which tells a bad login from a dead token. */
  authenticated: boolean;
}

const bodySchema = z.object({
  message: z.union([z.string(), z.array(z.unknown())]).optional(),
  error: z.string().optional(),
});
const issueSchema = z.object({
  path: z.array(z.union([z.string(), z.number()])).default([]),
  message: z.string(),
});
const RETRY_AFTER_DEFAULT_SECONDS = 10;
const TEXT_LIMIT = 300;

/** Reads the status and the two body shapes of both generations: 401 may be a validation error, 500 a rate limit. */
export function problemOfAnswer(answer: Refusal): { problem: InfisicalProblem; server: ServerWords } {
  const body = bodySchema.safeParse(answer.json);
  if (!body.success) {
    const reason = answer.status >= 500 ? 'server' : 'page';
    return { problem: limited(answer, '') ?? { kind: 'unavailable', reason }, server: {} };
  }
  const { message = '', error: name } = body.data;
  const isValidation = Array.isArray(message);
  const text = shorten(isValidation ? message.map(issue).join('; ') : message);
  const problem: InfisicalProblem = isValidation ? { kind: 'invalid' } : classify(answer, text, name ?? '');
  return { problem, server: { name, text } };
}

function classify(answer: Refusal, text: string, name: string): InfisicalProblem {
  const rate = limited(answer, text);
  if (rate) return rate;
  switch (answer.status) {
    case 400: {
      const taken = /\balready (exist|a member|been set up|configured|taken)/i.test(text);
      return { kind: taken || /configured identity$/.test(text) ? 'conflict' : 'invalid' };
    }
    case 401:
      if (/temporarily locked/i.test(text)) return { kind: 'lockedOut' };
      if (/usage limit|uses limit/i.test(text)) return { kind: 'unauthorised' };
      return { kind: answer.authenticated ? 'tokenExpired' : 'unauthorised' };
    case 403:
      return { kind: name === 'TokenError' && answer.authenticated ? 'tokenExpired' : 'forbidden' };
    case 404:
      return { kind: /^Route \S+:.* not found$/s.test(text) ? 'routeMissing' : 'notFound' };
    default:
      return answer.status >= 500 ? { kind: 'unavailable', reason: 'server' } : { kind: 'invalid' };
  }
}

// the server of 2024 answers its rate limit with 500, told apart only by the header
function limited({ status, retryAfter }: Refusal, text: string): InfisicalProblem | undefined {
  if (status !== 429 && !(status >= 500 && retryAfter !== null)) return undefined;
  const seconds = Number(retryAfter ?? /in (\d+) seconds?/.exec(text)?.[1] ?? RETRY_AFTER_DEFAULT_SECONDS);
  return {
    kind: 'rateLimited',
    retryAfterSeconds: Number.isFinite(seconds) && seconds >= 0 ? seconds : RETRY_AFTER_DEFAULT_SECONDS,
  };
}

function issue(found: unknown): string {
  const { data } = issueSchema.safeParse(found);
  // zod's enum messages end with what was received
  return data ? `${data.path.join('.')}: ${data.message.replace(/,? received .*$/s, '')}` : 'invalid';
}

const shorten = (text: string) => (text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text);
