import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from './context';

/** An answer other than 200. `error` is a free-text name, as on the real server: clients must not switch on it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: string | object[],
    readonly error: string,
    readonly details?: unknown,
  ) {
    super(typeof body === 'string' ? body : error);
  }
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

/** Writes the error body of the generation. Whatever nobody foresaw (a broken body, a too long key) is a 500. */
export function answerError(
  { legacy }: Context,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const code = codeOf(error);
  const known = error instanceof ApiError ? error : broken(nameOfUnforeseen(code, legacy));
  if (known !== error) request.log.error({ code, route: request.routeOptions.url }, 'unforeseen error');
  const body = { statusCode: known.status, message: known.body, error: known.error };
  const details = known.details === undefined ? {} : { details: known.details };
  reply.code(known.status).send(legacy ? body : { reqId: request.id, ...body, ...details });
}

function nameOfUnforeseen(code: string, legacy: boolean): string {
  const isSqlState = /^[0-9A-Z]{5}$/.test(code);
  if (!isSqlState) return 'InternalServerError';
  return legacy ? 'Create' : 'DatabaseError';
}

// The message of an unforeseen error may hold a value; its code (FST_…, SQLSTATE) does not.
function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  return error instanceof Error ? error.name : 'unknown';
}
