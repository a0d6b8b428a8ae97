import { z } from 'zod';
import { Deadline, type InfisicalHttp } from './http';
import { isInfisicalError } from './problem';

const statusSchema = z.object({ message: z.string(), redisConfigured: z.boolean().optional() });
const configSchema = z.object({ config: z.object({ initialized: z.boolean() }) });

export type InfisicalStatus = { state: 'ready' } | { state: 'starting'; reason: string };

/**
 * One look at /api/status. The server runs its migrations before it listens, so a refused connection means
 * starting. A redirect or another product is thrown, since waiting does not help.
 */
export async function readStatus(http: InfisicalHttp): Promise<InfisicalStatus> {
  try {
    const { message } = await http.send(
      { method: 'GET', route: '/api/status', deadline: Deadline.probe },
      statusSchema,
    );
    return message === 'Ok'
      ? { state: 'ready' }
      : { state: 'starting', reason: 'GET /api/status: not Ok yet' };
  } catch (error) {
    if (isInfisicalError(error, 'unavailable', 'rateLimited', 'routeMissing', 'notFound'))
      return { state: 'starting', reason: error.message };
    throw error;
  }
}

/** Whether the instance has its first administrator. The server may answer from a cache of up to a minute. */
export async function readInitialized(http: InfisicalHttp): Promise<boolean> {
  const { config } = await http.send({ method: 'GET', route: '/api/v1/admin/config' }, configSchema);
  return config.initialized;
}
