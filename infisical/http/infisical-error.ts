/** What went wrong with a request, in the terms that decide what to do next. */
export type InfisicalProblem =
  | { kind: 'notFound' }
  /** The server does not know this route: an older or newer generation. */
  | { kind: 'routeMissing' }
  | { kind: 'forbidden' }
  | { kind: 'unauthorised' }
  /** The token was good once: log in again. */
  | { kind: 'tokenExpired' }
  /** Too many bad logins of this identity; every further try prolongs it. */
  | { kind: 'lockedOut' }
  /** What was to be created is there already. */
  | { kind: 'conflict' }
  | { kind: 'invalid' }
  | { kind: 'rateLimited'; retryAfterSeconds: number }
  | { kind: 'unavailable'; reason: 'network' | 'deadline' | 'page' | 'server' }
  /** The address sends us elsewhere (http to https, most often). */
  | { kind: 'redirected' }
  /** Success, but not with the fields that we rely on. */
  | { kind: 'unexpected' };

/** The server's own words, without values: `name` is the body's `error`, `text` its `message`. */
export interface ServerWords {
  name?: string | undefined;
  text?: string | undefined;
}

/** The one error of the Infisical client. Its message names method, route template and status, never a value. */
export class InfisicalError extends Error {
  override readonly name = 'InfisicalError';

  constructor(
    message: string,
    readonly problem: InfisicalProblem,
    readonly status?: number,
    readonly server: ServerWords = {},
  ) {
    super(message);
  }

  get kind(): InfisicalProblem['kind'] {
    return this.problem.kind;
  }
}

/** Whether `error` is an InfisicalError of one of these kinds. */
export function isInfisicalError(
  error: unknown,
  ...kinds: InfisicalProblem['kind'][]
): error is InfisicalError {
  return error instanceof InfisicalError && kinds.includes(error.kind);
}
