import type { ApplicationFailure } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { saying } from '../contracts/core/foreign-words';
import { badInput, forbidden, missingPrerequisite, refused, unavailable } from '../contracts/core/failures';

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
  /** `address`: a name that DNS does not know, another protocol. `certificate`: not trusted. `listener`: another user's. */
  | { kind: 'unavailable'; reason: OutageReason }
  /** The address sends us elsewhere (http to https, most often). */
  | { kind: 'redirected' }
  /** Success, but not with the fields that we rely on. */
  | { kind: 'unexpected' };

export type OutageReason =
  | 'network'
  | 'deadline'
  | 'page'
  | 'server'
  | 'address'
  | 'certificate'
  | 'listener';

type Kind = InfisicalProblem['kind'];

/** What a refusal holds: `name` is the body's `error`, `text` its `message`, `whole` the body as it came. */
export interface ServerWords {
  name?: string | undefined;
  text?: string | undefined;
  whole?: string | undefined;
}

/**
 * The one error of the Infisical client. Its message names method, route template, status and what that means in our own
 * words; those of the server decide here and there, and are kept with it (contracts/core/foreign-words.ts).
 */
export class InfisicalError extends Error {
  override readonly name = 'InfisicalError';
  readonly #server: ServerWords;

  constructor(
    message: string,
    readonly problem: InfisicalProblem,
    readonly status?: number,
    server: ServerWords = {},
  ) {
    super(message);
    this.#server = server;
    saying(this, 'Infisical', server.whole);
  }

  /** Whether the server's message has that in it. */
  says = (pattern: RegExp): boolean => pattern.test(this.#server.text ?? '');

  /** Whether the server gives its error a name of that kind. */
  isNamed = (pattern: RegExp): boolean => pattern.test(this.#server.name ?? '');

  get kind(): Kind {
    return this.problem.kind;
  }

  /** The same answer read as another problem, where its status and words say less than the question that it answers. */
  as(problem: InfisicalProblem, message = this.message): InfisicalError {
    return new InfisicalError(message, problem, this.status, this.#server);
  }
}

/** Whether `error` is an InfisicalError of one of these kinds. */
export function isInfisicalError(error: unknown, ...kinds: Kind[]): error is InfisicalError {
  return error instanceof InfisicalError && kinds.includes(error.kind);
}

/** The answer, or undefined where it is an InfisicalError of one of these kinds. */
export async function unless<T>(answer: Promise<T>, ...kinds: Kind[]): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isInfisicalError(error, ...kinds)) return undefined;
    throw error;
  }
}

/** What a problem means whatever was asked: the one policy that retries, copies and credentials are handled by. */
const MEANING = {
  /** Out of reach or broken: a copy may serve, another try may help. */
  unavailable: 'outage',
  /** The server is well and says when to come again. */
  rateLimited: 'busy',
  /** The identity is not accepted; trying again may lock it. */
  unauthorised: 'credentials',
  tokenExpired: 'credentials',
  lockedOut: 'credentials',
  /** The identity is known and may not. */
  forbidden: 'permission',
  notFound: 'absent',
  /** Address, request or answer are wrong, and stay so. */
  routeMissing: 'mistake',
  redirected: 'mistake',
  conflict: 'mistake',
  invalid: 'mistake',
  unexpected: 'mistake',
} as const satisfies Record<Kind, string>;

/** Whether `error` is an InfisicalError with one of these meanings. */
export function means(error: unknown, ...meanings: (typeof MEANING)[Kind][]): error is InfisicalError {
  return error instanceof InfisicalError && meanings.includes(MEANING[error.kind]);
}

/** Turns a failed step into what Temporal shall do about it. `what` names the step; anything else passes through. */
export function asFailure(error: unknown, what: string): unknown {
  return error instanceof InfisicalError ? failureOf(error, what) : error;
}

function failureOf(error: InfisicalError, what: string): ApplicationFailure {
  const message = `${what}: ${error.message}`;
  const options = { cause: error };
  const { problem } = error;
  switch (problem.kind) {
    case 'forbidden':
    case 'unauthorised':
    case 'tokenExpired':
      return forbidden(
        `${message}. Give that identity the role for it, or give another identity (docs/identity.md), then run up again.`,
        options,
      );
    case 'lockedOut':
      return forbidden(
        `${message}. The lock ends five minutes after the last try (the server's default).`,
        options,
      );
    case 'unavailable':
    case 'rateLimited':
      if (isFinal(error)) return missingPrerequisite(`${message}. Then run again.`, options);
      // read by people only once all tries have failed
      return unavailable(
        `${message}. If this lasts, check that this Infisical runs and read its log, then run up again: it continues from here.`,
        {
          ...options,
          ...('retryAfterSeconds' in problem && { retryAfterSeconds: problem.retryAfterSeconds }),
        },
      );
    case 'redirected':
      return badInput(message, options);
    case 'routeMissing':
      return refused(`${message}. This Infisical is older than 2024-10, or it is another product.`, options);
    case 'notFound':
    case 'conflict':
    case 'invalid':
    case 'unexpected':
      return refused(
        `${message}. Another try would get the same answer: correct what it objects to, then run up again; it continues from here.`,
        options,
      );
  }
}

/** Whether no time cures an outage. */
export const isFinal = ({ problem }: InfisicalError): boolean =>
  problem.kind === 'unavailable' && ['address', 'certificate', 'listener'].includes(problem.reason);

// A look that fails was for nothing: a person waits for it, and can look again.
const LOOK_MS = 10_000;

/** Runs a look, which changes nothing: an outage that outlasts a moment ends it with MissingPrerequisite. */
export async function look<T>(what: string, work: () => Promise<T>): Promise<T> {
  const over = performance.now() + LOOK_MS;
  for (let pause = 250; ; pause *= 2) {
    try {
      return await work();
    } catch (error) {
      if (!means(error, 'outage') || isFinal(error)) throw asFailure(error, what);
      if (performance.now() + pause > over)
        throw missingPrerequisite(
          `${what}: ${error.message}. Check that this Infisical runs (onex-bootstrap up starts that of a stack) and that the address is right, then run again.`,
          { cause: error },
        );
      await sleep(pause);
    }
  }
}

/** Runs a step; what Infisical answered becomes what Temporal shall do about it. */
export async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asFailure(error, what);
  }
}
