import type { ZodType } from 'zod';
import { scrub } from '../../contracts/core/secret-scope';
import type { Call } from './call';
import { InfisicalError, type InfisicalProblem } from './infisical-error';
import { problemOfAnswer } from './problem-of-answer';

/** An answer as it came over the wire, body included. */
export interface Answer {
  status: number;
  text: string;
  headers: Headers;
}

/** The answer's body as `schema` reads it; every other answer is an InfisicalError without a value in it. */
export function interpretAnswer<T>(
  call: Pick<Call, 'method' | 'route'>,
  { status, text, headers }: Answer,
  schema: ZodType<T>,
  { address, authenticated }: { address: string; authenticated: boolean },
): T {
  const json = parseJson({ status, text, headers }, call, address);
  if (status >= 300 && status < 400)
    throw callProblem(
      call,
      { kind: 'redirected' },
      `redirects to ${originOf(headers.get('location'))}: use that address`,
      status,
    );
  if (status >= 400) {
    const found = problemOfAnswer({ status, json, retryAfter: headers.get('retry-after'), authenticated });
    const words = json === undefined ? 'a page or text, not JSON' : scrub(said(found));
    throw new InfisicalError(title(call, status, words), found.problem, status, found.server);
  }
  if (json === undefined)
    throw callProblem(
      call,
      { kind: 'unavailable', reason: 'page' },
      'a page, not JSON: is this the address of an Infisical?',
      status,
    );
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'body').join(', ');
  throw callProblem(call, { kind: 'unexpected' }, `answer without a usable ${fields}`, status);
}

/** An InfisicalError that names method, route template and status. */
export function callProblem(
  call: Pick<Call, 'method' | 'route'>,
  what: InfisicalProblem,
  text: string,
  status?: number,
): InfisicalError {
  return new InfisicalError(title(call, status, text), what, status);
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
  call: Pick<Call, 'method' | 'route'>,
  error: unknown,
  { address, deadline, timedOut, status }: NoAnswer,
): InfisicalError {
  if (timedOut) {
    const text = `no answer within ${deadline} ms`;
    return callProblem(call, { kind: 'unavailable', reason: 'deadline' }, text, status);
  }
  const { cause } = error as { cause?: { code?: unknown } };
  const code = typeof cause?.code === 'string' ? cause.code : 'connection failed';
  const text = `${address} cannot be reached (${code})`;
  return callProblem(call, { kind: 'unavailable', reason: 'network' }, text, status);
}

function title({ method, route }: Pick<Call, 'method' | 'route'>, status: number | undefined, text: string) {
  return `${method} ${route}: ${[status, text].filter(Boolean).join(' ')}`;
}

function said({ problem, server }: ReturnType<typeof problemOfAnswer>): string {
  if (problem.kind === 'rateLimited') return `rate limit, free again in ${problem.retryAfterSeconds} s`;
  return server.text ?? '';
}

function parseJson(
  { status, text, headers }: Answer,
  call: Pick<Call, 'method' | 'route'>,
  address: string,
): unknown {
  if (!/\bjson\b/i.test(headers.get('content-type') ?? '')) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw callProblem(
      call,
      { kind: 'unavailable', reason: 'network' },
      `the answer of ${address} was cut off`,
      status,
    );
  }
}

function originOf(location: string | null): string {
  return location !== null && URL.canParse(location) ? new URL(location).origin : 'another path';
}
