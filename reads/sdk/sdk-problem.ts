import { InfisicalError } from '../../infisical/problem';
import { callProblem, problemOfAnswer } from '../../infisical/answer';

type Route = Parameters<typeof callProblem>[0];

/**
 * What an SDK error means by its text alone: `[URL=…] [Method=GET] [StatusCode=404] words`, or `Request failed with
 * status 422`, or anything else for a network that failed. The URL in it is dropped: it holds names and ids.
 */
export function sdkProblem(call: Route, error: unknown, authenticated: boolean): InfisicalError {
  const text = error instanceof Error ? error.message : String(error);
  const [, request, words] = /^\[URL=.*?\] \[Method=\w+\] \[StatusCode=(\d+)\] (.*)$/s.exec(text) ?? [];
  const bare = /^Request failed with status (\d+)$/.exec(text)?.[1];
  const status = Number(request ?? bare);
  if (!Number.isInteger(status) || status < 400)
    return callProblem(call, { kind: 'unavailable', reason: 'network' }, 'the connection failed');
  // a message that is a list, as validation errors have, is what the SDK leaves out
  const json = { message: words ?? (status === 401 || status === 422 ? [] : '') };
  const { problem, server } = problemOfAnswer({ status, json, retryAfter: null, authenticated });
  return new InfisicalError(
    `${call.method} ${call.route}: ${status} ${words ?? ''}`.trim(),
    problem,
    status,
    server,
  );
}
