/** What an error of a read tells beside its message. */
export interface ReadErrorContext {
  correlationId: string;
  /** For an outage: when another try makes sense. Whole seconds, rounded up. */
  retryAfterSeconds?: number | undefined;
  /** Present when the breaker refused the call. */
  circuitState?: 'open' | undefined;
  cause?: unknown;
}

/** The base of every error that a read throws, as in ONEX. Itself it means a request or a setting that cannot be used. */
export class RuntimeHostError extends Error {
  override readonly name: string = 'RuntimeHostError';
  readonly transport = 'INFISICAL';
  readonly code: string = 'ONEX_CORE_081_OPERATION_FAILED';
  /** `later`: the same call may succeed, after `retryAfterSeconds` where that is known. */
  readonly retry: 'never' | 'later' = 'never';
  readonly correlationId: string;
  readonly retryAfterSeconds: number | undefined;
  readonly circuitState: 'open' | undefined;

  constructor(message: string, context: ReadErrorContext) {
    super(message, context.cause === undefined ? {} : { cause: context.cause });
    this.correlationId = context.correlationId;
    this.retryAfterSeconds = context.retryAfterSeconds;
    this.circuitState = context.circuitState;
  }
}

/** Infisical answers, and there is no such secret, folder, environment or project. */
export class SecretResolutionError extends RuntimeHostError {
  override readonly name = 'SecretResolutionError';
  override readonly code = 'ONEX_CORE_085_RESOURCE_NOT_FOUND';
}

/** Infisical cannot be reached: refused, reset, cut off. */
export class InfraConnectionError extends RuntimeHostError {
  override readonly name = 'InfraConnectionError';
  override readonly code = 'ONEX_CORE_090_NETWORK_ERROR';
  override readonly retry = 'later';
}

/** Infisical did not answer within the deadline. */
export class InfraTimeoutError extends RuntimeHostError {
  override readonly name = 'InfraTimeoutError';
  override readonly code = 'ONEX_CORE_092_TIMEOUT_ERROR';
  override readonly retry = 'later';
}

/** Infisical answers that it cannot (5xx, a proxy's page, its rate limit), or the breaker is open. */
export class InfraUnavailableError extends RuntimeHostError {
  override readonly name = 'InfraUnavailableError';
  override readonly code = 'ONEX_CORE_205_SERVICE_UNAVAILABLE';
  override readonly retry = 'later';
}

/** The identity does not log in, or its login is refused for now. */
export class InfraAuthenticationError extends RuntimeHostError {
  override readonly name = 'InfraAuthenticationError';
  override readonly code: string = 'ONEX_CORE_163_AUTHENTICATION_ERROR';
}

/** The identity is known and may not read this. */
export class InfraForbiddenError extends InfraAuthenticationError {
  override readonly code = 'ONEX_CORE_029_PERMISSION_ERROR';
}
