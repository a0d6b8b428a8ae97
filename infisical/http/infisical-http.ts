import type { ZodType } from 'zod';
import type { Secret } from '../../contracts/core/secret';
import { Deadline } from './deadlines';
import { interpretAnswer, noAnswer, type Answer } from './interpret-answer';
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
    return interpretAnswer(call, answer, schema, {
      address: this.address,
      authenticated: token !== undefined,
    });
  }

  private async exchange(call: Call, token: Secret | undefined): Promise<Answer> {
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
      return { status, text: await response.text(), headers: response.headers };
    } catch (error) {
      signal?.throwIfAborted();
      throw noAnswer(call, error, { address: this.address, deadline, timedOut: timer.aborted, status });
    } finally {
      const milliseconds = performance.now() - started;
      this.options.onRequest?.({ method: call.method, route: call.route, status, milliseconds });
    }
  }
}
