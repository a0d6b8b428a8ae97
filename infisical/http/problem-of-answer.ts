import { z } from 'zod';
import type { InfisicalProblem, ServerWords } from './infisical-error';

/** An answer that is no success. `json` is undefined where the body is not JSON. */
export interface Refusal {
  status: number;
  json: unknown;
  retryAfter: string | null;
  /** Whether the request carried a token, which tells a bad login from a dead token. */
  authenticated: boolean;
}

const bodySchema = z.object({
  message: z.union([z.string(), z.array(z.unknown())]).optional(),
  error: z.string().optional(),
});
const issueSchema = z.object({
  path: z.array(z.union([z.string(), z.number()])).optional(),
  message: z.string(),
});

const RETRY_AFTER_DEFAULT_SECONDS = 10;
const TEXT_LIMIT = 300;

/** Reads the status and the two body shapes of both generations: 401 may be a validation error, 500 a rate limit. */
export function problemOfAnswer(answer: Refusal): { problem: InfisicalProblem; server: ServerWords } {
  const body = bodySchema.safeParse(answer.json);
  if (!body.success) {
    const reason = answer.status >= 500 ? 'server' : 'page';
    return { problem: limited(answer, '') ?? { kind: 'unavailable', reason }, server: {} };
  }
  const text = shorten(words(body.data.message));
  const server = { name: body.data.error, text };
  const validation = Array.isArray(body.data.message);
  return { problem: validation ? { kind: 'invalid' } : classify(answer, text, server.name ?? ''), server };
}

function classify(answer: Refusal, text: string, name: string): InfisicalProblem {
  const rate = limited(answer, text);
  if (rate) return rate;
  switch (answer.status) {
    case 400:
      return {
        kind:
          /\balready (exist|a member|been set up|configured|taken)/i.test(text) ||
          /configured identity$/.test(text)
            ? 'conflict'
            : 'invalid',
      };
    case 401:
      if (/temporarily locked/i.test(text)) return { kind: 'lockedOut' };
      if (/usage limit|uses limit/i.test(text)) return { kind: 'unauthorised' };
      return { kind: answer.authenticated ? 'tokenExpired' : 'unauthorised' };
    case 403:
      return { kind: name === 'TokenError' && answer.authenticated ? 'tokenExpired' : 'forbidden' };
    case 404:
      return { kind: /^Route \S+:.* not found$/s.test(text) ? 'routeMissing' : 'notFound' };
    default:
      return answer.status >= 500 ? { kind: 'unavailable', reason: 'server' } : { kind: 'invalid' };
  }
}

// the server of 2024 answers its rate limit with 500, told apart only by the header
function limited({ status, retryAfter }: Refusal, text: string): InfisicalProblem | undefined {
  if (status !== 429 && !(status >= 500 && retryAfter !== null)) return undefined;
  const named = retryAfter ?? /in (\d+) seconds?/.exec(text)?.[1];
  const seconds = Number(named ?? RETRY_AFTER_DEFAULT_SECONDS);
  return {
    kind: 'rateLimited',
    retryAfterSeconds: Number.isFinite(seconds) && seconds >= 0 ? seconds : RETRY_AFTER_DEFAULT_SECONDS,
  };
}

function words(message: string | unknown[] | undefined): string {
  if (!Array.isArray(message)) return message ?? '';
  return message
    .map((issue) => issueSchema.safeParse(issue))
    .map(({ data }) => (data ? `${(data.path ?? []).join('.')}: ${withoutValue(data.message)}` : 'invalid'))
    .join('; ');
}

// zod's enum messages end with what was received
const withoutValue = (message: string) => message.replace(/,? received .*$/s, '');

const shorten = (text: string) => (text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text);
