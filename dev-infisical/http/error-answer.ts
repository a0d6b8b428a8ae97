import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, broken } from './api-error';
import { isLegacy, type Context } from './context';

/** Writes the error body of the generation. Whatever nobody foresaw (a broken body, a too long key) is a 500. */
export function answerError(
  context: Context,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const known = error instanceof ApiError ? error : broken(errorName(context, error));
  if (known !== error)
    request.log.error({ code: codeOf(error), route: request.routeOptions.url }, 'unforeseen error');
  const body = { statusCode: known.status, message: known.body, error: known.error };
  const details = known.details === undefined ? {} : { details: known.details };
  reply.code(known.status).send(isLegacy(context) ? body : { reqId: request.id, ...body, ...details });
}

function errorName(context: Context, error: unknown): string {
  const sqlState = /^[0-9A-Z]{5}$/.test(codeOf(error));
  if (!sqlState) return 'InternalServerError';
  return isLegacy(context) ? 'Create' : 'DatabaseError';
}

// The message of an unforeseen error may hold a value; its code (FST_…, SQLSTATE) does not.
function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  return error instanceof Error ? error.name : 'unknown';
}
