import type { RunRef } from '../contracts/run/run-ref';
import type { Changed, IdentityFacts } from '../contracts/run/summaries';
import { notReady } from '../contracts/core/failures';
import type { Host } from '../environment/host';
import { currentProgress } from '../environment/progress';
import { writeRuntimeEnv } from '../infisical/access/credentials';
import { adoptGivenIdentity, ensureIdentities } from '../infisical/access/identities';
import { attempt } from '../infisical/problem';
import { InfisicalHttp } from '../infisical/http';
import { readStatus } from '../infisical/server';

/** From any state of an Infisical to identities that work. */
export const identityActivities = (host: Host) => ({
  /** One look at an Infisical that somebody else runs; NotReady until it serves. */
  async awaitInfisical(run: RunRef): Promise<void> {
    const environment = await host.open(run);
    const address = await environment.infisicalAddress();
    const { signal } = currentProgress();
    const status = await attempt(`Infisical at ${address}`, () =>
      readStatus(new InfisicalHttp(address, { signal, ...environment.trust })),
    );
    if (status.state === 'starting')
      throw notReady(
        `Infisical at ${address} is not ready: ${status.reason}. If it runs elsewhere, give its address (--infisical); otherwise start it and run up again.`,
      );
  },

  /**
   * The identity that the operator gave, proven by a login; where none was given: administrator, project and both
   * identities, found, else made, and what is stored is proven by logins. Then the runtime's env file.
   */
  async ensureIdentities(run: RunRef): Promise<Changed & { facts: IdentityFacts }> {
    const environment = await host.open(run);
    const address = await environment.infisicalAddress();
    const adopted = await attempt('adopting the given identity', () =>
      adoptGivenIdentity(environment, address, currentProgress()),
    );
    const { changes, facts } =
      adopted === undefined
        ? await attempt('provisioning identities', () =>
            ensureIdentities(environment, address, currentProgress()),
          )
        : { changes: [], facts: adopted };
    const written = await writeRuntimeEnv(environment, address);
    return { changes: [...changes, ...written.changes], facts };
  },
});
