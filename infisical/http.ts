import { ApplicationFailure } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { z, type ZodType } from 'zod';
import type { Secret } from '../contracts/core/secret';
import type { Answered } from '../environment/network/exchange';
import { callProblem, interpretAnswer } from './answer';
import { InfisicalError } from './problem';
import { unreachable, Way, type Trust } from './trust';

/** Milliseconds that one call may take, body included. Slower than the slowest answer measured, with room to spare. */
export const Deadline = {
  /** /api/status and friends answer from a cache: slower means not ready. */
  probe: 3_000,
  /** Single reads and writes take under 0.1 s, a login with bcrypt 0.11 s, making a project 0.6 s. */
  call: 15_000,
  /** Listing or writing many secrets: 8,000 in one call took 3 s on two shared cores. */
  batch: 60_000,
  /** The first sign-up derives keys with argon2 over 64 MiB, after migrations on a cold disk. */
  bootstrap: 60_000,
} as const;

/** A request as the client takes it. `route` is a template: `/api/v1/projects/:projectId`. */
export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  route: string;
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  /** Milliseconds, from `Deadline`. */
  deadline?: number;
  /** Ends this call. A signal of `AbortSignal.timeout` is a deadline, every other one a cancellation. */
  signal?: AbortSignal;
}

/** One request as it went over the wire: counted by tests and reports, free of values. */
export interface RequestRecord {
  method: string;
  route: string;
  status: number | undefined;
  milliseconds: number;
}

export interface HttpOptions extends Trust {
  /** Cancels every call of this client. */
  signal?: AbortSignal;
  onRequest?: (request: RequestRecord) => void;
  /**
   * Milliseconds that each call may wait, in all, for the server's rate limit, in place of failing with `rateLimited`. What
   * a limit refuses was not done, so that writes can be sent again too.
   */
  patience?: number;
  /** Hears of each such wait. */
  onWait?: (line: string) => void;
}

/** A step's cancellation, and a way to say where it is. */
export interface StepProgress {
  signal?: AbortSignal;
  onProgress?: (line: string) => void;
}

const STEP_PATIENCE_MS = 300_000; // below the shortest limit of a step (workflows/policies.ts)

/** How a step sends: one that failed would start anew, with all of its requests, so that it waits for a rate limit. */
export const asStep = ({ signal, onProgress }: StepProgress): HttpOptions => ({
  ...(signal && { signal }),
  ...(onProgress && { onWait: onProgress }),
  patience: STEP_PATIENCE_MS,
});

/** Where a server says 0, or nothing that can be used, the next try is no sooner. */
const SHORTEST_WAIT_MS = 500;

/** The server of 2024 answers 500 to a login without one. */
const USER_AGENT = 'onex-bootstrap';

/**
 * Routes that servers had a moment ago, so that the next step's client need not ask. What a server has not is asked by every
 * client: it may be a newer one by then.
 */
const hadUntil = new Map<string, number>();
const HAD_FOR_MS = 15_000;

/** JSON over HTTP to one Infisical, without retries but for a rate limit: whoever calls knows whether a repeat is safe. */
export class InfisicalHttp {
  private readonly way: Way;
  private readonly routes = new Map<string, Promise<boolean>>();

  /** BadInput for an address that credentials do not go to. */
  constructor(
    address: string,
    private readonly options: HttpOptions = {},
  ) {
    this.way = new Way(address, options);
  }

  /** Without a trailing slash; a sub-path is kept. */
  get address(): string {
    return this.way.address;
  }

  /** Sends one request and returns its answer as `schema` reads it; every failure is an InfisicalError. */
  async send<T>(call: Call, schema: ZodType<T>, token?: Secret): Promise<T> {
    const { method, route } = call;
    const asked = { method, route, address: this.address, authenticated: token !== undefined };
    let patience = this.options.patience ?? 0;
    for (;;) {
      try {
        return interpretAnswer(asked, await this.exchange(call, token), schema);
      } catch (error) {
        const wait = limitOf(error);
        if (wait === undefined || wait > patience) throw error;
        patience -= wait;
        this.options.onWait?.(`Infisical limits its requests: going on in ${Math.ceil(wait / 1_000)} s`);
        const callers = this.callersOf(call);
        await sleep(wait, undefined, { signal: AbortSignal.any(callers) }).catch(() => {
          for (const signal of callers) if (!isTimeout(signal)) signal.throwIfAborted();
          throw error;
        });
      }
    }
  }

  private readonly callersOf = ({ signal }: Call) =>
    [this.options.signal, signal].filter((given) => given !== undefined);

  /** Whether the server has the route: asked once, without a token, and where it is a POST, without its required fields. */
  async has(method: 'GET' | 'POST', route: string): Promise<boolean> {
    const key = `${method} ${this.address}${route}`;
    if (performance.now() < (hadUntil.get(key) ?? 0)) return true;
    const probe =
      this.routes.get(key) ?? this.probe({ method, route, ...(method === 'POST' ? { body: {} } : {}) });
    this.routes.set(key, probe);
    try {
      if (await probe) hadUntil.set(key, performance.now() + HAD_FOR_MS);
      return await probe;
    } catch (error) {
      this.routes.delete(key);
      throw error;
    }
  }

  private async probe(call: Call): Promise<boolean> {
    try {
      await this.send({ ...call, deadline: Deadline.probe }, z.unknown());
      return true;
    } catch (error) {
      if (!(error instanceof InfisicalError)) throw error;
      const { problem } = error;
      switch (problem.kind) {
        case 'routeMissing':
        case 'notFound':
          return false;
        case 'unavailable':
          // the image that serves the user interface answers unknown routes with its page
          if (problem.reason === 'page') return false;
          throw error;
        case 'rateLimited':
        case 'redirected':
          throw error;
        case 'forbidden':
        case 'unauthorised':
        case 'tokenExpired':
        case 'lockedOut':
        case 'conflict':
        case 'invalid':
        case 'unexpected':
          return true;
      }
    }
  }

  private async exchange(call: Call, token: Secret | undefined): Promise<Answered> {
    const { method, route, body, deadline = Deadline.call } = call;
    const timer = AbortSignal.timeout(deadline);
    const callers = this.callersOf(call);
    const started = performance.now();
    let status: number | undefined;
    const why = await this.way.whyNot();
    if (why !== undefined) throw callProblem(call, { kind: 'unavailable', reason: why.reason }, why.text);
    try {
      const answer = await this.way.send(urlOf(this.address, call), {
        method,
        signal: AbortSignal.any([timer, ...callers]),
        headers: {
          accept: 'application/json',
          'user-agent': USER_AGENT,
          ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      status = answer.status;
      return answer;
    } catch (error) {
      for (const signal of callers) if (!isTimeout(signal)) signal.throwIfAborted();
      if (timer.aborted || callers.some(isTimeout)) {
        const text = `no answer within ${deadline} ms`;
        throw callProblem(call, { kind: 'unavailable', reason: 'deadline' }, text, status);
      }
      if (error instanceof ApplicationFailure) throw error; // the CA file
      const { reason, text } = unreachable(this.address, error);
      throw callProblem(call, { kind: 'unavailable', reason }, text, status);
    } finally {
      const milliseconds = performance.now() - started;
      this.options.onRequest?.({ method, route, status, milliseconds });
    }
  }
}

const limitOf = (error: unknown): number | undefined =>
  error instanceof InfisicalError && error.problem.kind === 'rateLimited'
    ? Math.max(error.problem.retryAfterSeconds * 1_000, SHORTEST_WAIT_MS)
    : undefined;

const isTimeout = ({ reason }: AbortSignal) =>
  (reason as { name?: unknown } | undefined)?.name === 'TimeoutError'; // no instanceof: a test has other classes

/** The address of a call: the base keeps its sub-path, parameters are percent-encoded. */
function urlOf(base: string, { route, params = {}, query = {} }: Call): string {
  const path = route.replace(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === '') throw new TypeError(`${route} needs the parameter ${name}`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams(query).toString();
  return `${base}${path}${search === '' ? '' : `?${search}`}`;
}
