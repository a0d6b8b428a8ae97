import { setTimeout as sleep } from 'node:timers/promises';

/** One answer of the server under test; `body` is parsed JSON, or the text where it is none. */
export interface Answer {
  /** `METHOD /path`, for messages. */
  request: string;
  status: number;
  body: unknown;
}

export interface RequestOptions {
  token?: string | undefined;
  body?: unknown;
  query?: Record<string, string>;
}

const TIMEOUT_MS = 30_000;
const LIMITER_TRIES = 3;

/** Plain HTTP against the server under test. Where its limiter answers, the suite waits as long as it is told. */
export class Api {
  constructor(readonly address: string) {}

  get = (path: string, options?: RequestOptions) => this.request('GET', path, options);
  post = (path: string, options?: RequestOptions) => this.request('POST', path, options);
  patch = (path: string, options?: RequestOptions) => this.request('PATCH', path, options);
  delete = (path: string, options?: RequestOptions) => this.request('DELETE', path, options);

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const query = options.query ? `?${new URLSearchParams(options.query).toString()}` : '';
    for (let attempt = 1; ; attempt += 1) {
      const answer = await fetch(`${this.address}${path}${query}`, {
        method,
        headers: {
          'user-agent': 'onex-bootstrap-conformance',
          ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await answer.text();
      const wait = Number(answer.headers.get('retry-after'));
      // A limiter answers 429 today and 500 with retry-after in 2024.
      if (wait > 0 && [429, 500].includes(answer.status) && attempt < LIMITER_TRIES) {
        await sleep(wait * 1000 + 500);
        continue;
      }
      return { request: `${method} ${path}`, status: answer.status, body: parsed(text) };
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
