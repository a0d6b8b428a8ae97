/** An answer of the proxy's own: the request never reaches the server. */
interface CannedAnswer {
  kind: 'answer';
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What may happen to a request or to its answer. */
export type Fault =
  /** The connection breaks before the server sees the request. */
  | { kind: 'reset' }
  /** The server carries the request out; the connection breaks instead of the answer. */
  | { kind: 'reset after commit' }
  | { kind: 'slow headers'; milliseconds: number }
  /** Headers at once, then one byte of the body each time, or so many. */
  | { kind: 'dribbled body'; everyMilliseconds: number; bytes?: number }
  /** Headers and half of the body at once, then nothing more; a gateway in between may give up after a time. */
  | { kind: 'stalled body'; cutAfterMilliseconds?: number }
  /** Headers with the whole length, half of the body, then the end of the connection. */
  | { kind: 'truncated' }
  | CannedAnswer;

const json = (status: number, error: string, message: string, headers: Record<string, string> = {}) => ({
  kind: 'answer' as const,
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify({ reqId: 'req-fault', statusCode: status, message, error }),
});
const after = (seconds: number) => ({ 'retry-after': String(seconds) });

/** Answers as Infisical and what stands before it give them. */
export const answers = {
  serverError: json(500, 'InternalServerError', 'Something went wrong'),
  /** The server of 2024 has no other words for its rate limit. */
  rateLimited2024: (seconds: number) =>
    json(500, 'InternalServerError', 'Something went wrong', after(seconds)),
  rateLimited: (seconds: number) =>
    json(
      429,
      'RateLimitExceeded',
      `Rate limit exceeded. Please try again in ${seconds} seconds`,
      after(seconds),
    ),
  unauthorised: json(401, 'UnauthorizedError', 'Invalid credentials'),
  forbidden: json(403, 'PermissionDenied', 'You are not allowed to describe-secret on secrets'),
  notFound: json(404, 'NotFound', 'Secret not found'),
  routeMissing: json(404, 'Not Found', 'Route GET:/api not found'),
  page: (status: number) => ({
    kind: 'answer' as const,
    status,
    headers: { 'content-type': 'text/html' },
    body: '<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>',
  }),
};
