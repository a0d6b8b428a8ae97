import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { belongsToAnother, ownerOf } from '../environment/namespace-owner';

/** Tells which environments of this host another installation has in the client's namespace; asks once for each. */
export function ofOthers(client: Client, own: string, logger: Logger) {
  const known = new Map<string, boolean>();
  return async (environment: string): Promise<boolean> => {
    const before = known.get(environment);
    if (before !== undefined) return before;
    const owner = await ownerOf(client, environment);
    const theirs = owner !== undefined && owner !== own;
    known.set(environment, theirs);
    const { namespace } = client.options;
    if (theirs) logger.warn(belongsToAnother(environment, { namespace, owner, own }).message);
    return theirs;
  };
}
