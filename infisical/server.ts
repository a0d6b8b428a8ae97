import { z } from 'zod';
import type { Backend, Generation } from './backend';
import { current } from './current/generation';
import { Deadline, type InfisicalHttp } from './http';
import { legacy2024 } from './legacy-2024/generation';
import { InfisicalError, isFinal, isInfisicalError } from './problem';

const NEWEST_FIRST = [current];
const OLDEST = legacy2024;

/**
 * The newest implementation of a part whose routes the server has. Each part is asked for by itself, once per client:
 * releases between two generations have some routes of either.
 */
export async function backend<Part extends keyof Backend>(
  http: InfisicalHttp,
  part: Part,
): Promise<Backend[Part]> {
  return (await generationOf(http, part)).backend[part];
}

/** What reports call the server: the generation of its secrets. */
export const generationName = async (http: InfisicalHttp): Promise<string> =>
  (await generationOf(http, 'secrets')).name;

async function generationOf(http: InfisicalHttp, part: keyof Backend): Promise<Omit<Generation, 'knownBy'>> {
  for (const generation of NEWEST_FIRST) if (await http.has(...generation.knownBy[part])) return generation;
  return OLDEST;
}

const statusSchema = z.object({ message: z.string() });
const configSchema = z.object({
  config: z.object({
    /** Whether the set-up is done; until then anybody may do it. */
    initialized: z.boolean(),
    /** Whether anybody may sign up. */
    allowSignUp: z
      .boolean()
      .nullish()
      .transform((allowed) => allowed === true),
  }),
});
export type InstanceConfig = z.infer<typeof configSchema>['config'];

type InfisicalStatus = { state: 'ready' } | { state: 'starting'; reason: string };

/**
 * One look at /api/status. The server runs its migrations before it listens, so a refused connection means
 * starting. A redirect or another product is thrown, and so is a wrong address, since waiting does not help.
 */
export async function readStatus(http: InfisicalHttp): Promise<InfisicalStatus> {
  try {
    const call = { method: 'GET', route: '/api/status', deadline: Deadline.probe } as const;
    const { message } = await http.send(call, statusSchema);
    return message === 'Ok'
      ? { state: 'ready' }
      : { state: 'starting', reason: 'GET /api/status: not Ok yet' };
  } catch (error) {
    if (isInfisicalError(error, 'unavailable', 'rateLimited', 'routeMissing', 'notFound') && !isFinal(error))
      return { state: 'starting', reason: error.message };
    throw error;
  }
}

/** Why no Infisical answers there, in words of ours; undefined where one does. Rejects for a CA file that cannot be read. */
export async function absenceOf(http: InfisicalHttp): Promise<string | undefined> {
  try {
    const status = await readStatus(http);
    return status.state === 'ready' ? undefined : status.reason;
  } catch (error) {
    if (error instanceof InfisicalError) return error.message;
    throw error;
  }
}

/** What an instance says of itself without a token. The server may answer from a cache of up to a minute. */
export async function readInstance(http: InfisicalHttp): Promise<InstanceConfig> {
  return (await http.send({ method: 'GET', route: '/api/v1/admin/config' }, configSchema)).config;
}
