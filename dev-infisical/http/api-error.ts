/** An answer other than 200. `error` is a free-text name, as on the real server: clients must not switch on it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string | object[],
    readonly error: string,
    readonly details?: unknown,
  ) {
    super(typeof message === 'string' ? message : error);
    this.body = message;
  }

  readonly body: string | object[];
}

export const badRequest = (message: string, error = 'BadRequest') => new ApiError(400, message, error);
export const unauthorized = (message: string, error = 'UnauthorizedError') =>
  new ApiError(401, message, error);
export const notFound = (message: string, error = 'NotFound') => new ApiError(404, message, error);
export const tokenError = (message: string) => new ApiError(403, message, 'TokenError');

/** A 403 whose reason stands in `error`, with the server's standing message. */
export const notAllowed = (error: string) =>
  new ApiError(403, 'You are not allowed to access this resource', error);

/** A 403 with its own message. */
export const forbidden = (message: string) => new ApiError(403, message, 'ForbiddenError');

/** The role lacks the action. */
export const permissionDenied = (action: string, subject: string, details?: unknown) =>
  new ApiError(403, `You are not allowed to ${action} on ${subject}`, 'PermissionDenied', details);

/** What the server did not foresee: the name tells which query failed (2024). */
export const broken = (error = 'InternalServerError') => new ApiError(500, 'Something went wrong', error);
