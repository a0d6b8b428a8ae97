import type { ZodType } from 'zod';
import type { Secret } from '../../../contracts/core/secret';
import { scrub } from '../../../contracts/core/secret-scope';
import { Deadline } from './deadlines';
import { InfisicalError, type InfisicalProblem } from './infisical-error';
import { problemOfAnswer } from './problem-of-answer';
import { urlOf, type Call } from './call';
import { RouteProbes } from './route-probes';

/** One request as it went over the wire: counted by tests and reports, free of values. */
export interface RequestRecord {
  method: string;
  route: string;
  status: number | undefined;
  milliseconds: number;
}

export interface HttpOptions {
  /** Cancels every call of this client. */
  signal?: AbortSignal;
  onRequest?: (request: RequestRecord) => void;
}

/** The server of 2024 answers 500 to a login without one. */
const USER_AGENT = 'onex-bootstrap';

/** JSON over HTTP to one Infisical, without retries: whoever calls knows whether a repeat is safe. */
export class InfisicalHttp {
  /** Without a trailing slash; a sub-path is kept. */
  readonly address: string;
  readonly probes: RouteProbes;

  constructor(
    address: string,
    private readonly options: HttpOptions = {},
  ) {
    this.address = address.replace(/\/+$/, '');
    this.probes = new RouteProbes(this);
  }

  /** Sends one request and returns its answer as `schema` reads it; every failure is an InfisicalError. */
  async send<T>(call: Call, schema: ZodType<T>, token?: Secret): Promise<T> {
    const answer = await this.exchange(call, token);
    const { status } = answer;
    if (status >= 300 && status < 400)
      throw problem(
        call,
        { kind: 'redirected' },
        status,
        `redirects to ${answer.location}: use that address`,
      );
    if (status >= 400) {
      const found = problemOfAnswer({ ...answer, authenticated: token !== undefined });
      const text = answer.json === undefined ? 'a page or text, not JSON' : scrub(said(found));
      throw new InfisicalError(title(call, status, text), found.problem, status, found.server);
    }
    if (answer.json === undefined)
      throw problem(
        call,
        { kind: 'unavailable', reason: 'page' },
        status,
        'a page, not JSON: is this the address of an Infisical?',
      );
    const parsed = schema.safeParse(answer.json);
    if (parsed.success) return parsed.data;
    const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'body').join(', ');
    throw problem(call, { kind: 'unexpected' }, status, `answer without a usable ${fields}`);
  }

  private async exchange(call: Call, token: Secret | undefined) {
    const deadline = call.deadline ?? Deadline.call;
    const timer = AbortSignal.timeout(deadline);
    const { signal } = this.options;
    const started = performance.now();
    let status: number | undefined;
    try {
      const response = await fetch(urlOf(this.address, call), {
        method: call.method,
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, timer]) : timer,
        headers: {
          accept: 'application/json',
          'user-agent': USER_AGENT,
          ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      });
      status = response.status;
      const text = await response.text();
      return {
        status,
        json: parseJson(text, response.headers.get('content-type')),
        retryAfter: response.headers.get('retry-after'),
        location: originOf(response.headers.get('location')),
      };
    } catch (error) {
      signal?.throwIfAborted();
      if (timer.aborted)
        throw problem(
          call,
          { kind: 'unavailable', reason: 'deadline' },
          status,
          `no answer within ${deadline} ms`,
        );
      throw problem(
        call,
        { kind: 'unavailable', reason: 'network' },
        status,
        networkReason(error, this.address),
      );
    } finally {
      const milliseconds = performance.now() - started;
      this.options.onRequest?.({ method: call.method, route: call.route, status, milliseconds });
    }
  }
}

function problem(call: Call, what: InfisicalProblem, status: number | undefined, text: string) {
  return new InfisicalError(title(call, status, text), what, status);
}

function title({ method, route }: Call, status: number | undefined, text: string): string {
  return `${method} ${route}: ${[status, text].filter(Boolean).join(' ')}`;
}

function said({ problem, server }: ReturnType<typeof problemOfAnswer>): string {
  if (problem.kind === 'rateLimited') return `rate limit, free again in ${problem.retryAfterSeconds} s`;
  return server.text ?? '';
}

function parseJson(text: string, type: string | null): unknown {
  if (!/\bjson\b/i.test(type ?? '')) return undefined;
  return JSON.parse(text) as unknown;
}

function originOf(location: string | null): string {
  return location !== null && URL.canParse(location) ? new URL(location).origin : 'another path';
}

function networkReason(error: unknown, address: string): string {
  if (error instanceof SyntaxError) return `the answer of ${address} was cut off`;
  const { cause } = error as { cause?: { code?: unknown } };
  const code = typeof cause?.code === 'string' ? cause.code : 'connection failed';
  return `${address} cannot be reached (${code})`;
}
