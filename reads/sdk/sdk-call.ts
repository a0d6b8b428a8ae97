import type { ZodType } from 'zod';
import { interpretAnswer, noAnswer } from '../../infisical/answer';
import type { Call } from '../../infisical/http';
import { withSdkFetch } from './sdk-fetch';
import { sdkProblem } from './sdk-problem';

/** What a call of the SDK needs to be judged. */
export interface SdkReach {
  host: string;
  /** Milliseconds, for the message. */
  deadline: number;
  signal: AbortSignal;
  /** Whether it carries a token, which tells a bad login from a dead token. */
  authenticated: boolean;
}

/** Sends one request by the SDK and reads the server's answer by `schema`; every failure is an InfisicalError. */
export async function sdkCall<T>(
  call: Pick<Call, 'method' | 'route'>,
  send: () => Promise<unknown>,
  schema: ZodType<T>,
  { host, deadline, signal, authenticated }: SdkReach,
): Promise<T> {
  const { exchange, outcome } = await withSdkFetch(signal, send);
  switch (exchange.kind) {
    case 'answered':
      return interpretAnswer(call, exchange, schema, { address: host, authenticated });
    case 'failed':
      throw noAnswer(call, exchange.error, { address: host, deadline, timedOut: signal.aborted });
    case 'nothing sent': // somebody replaced the global fetch, so the SDK's own words are all there is
      if ('error' in outcome) throw sdkProblem(call, outcome.error, authenticated);
      return schema.parse(outcome.value);
  }
}
