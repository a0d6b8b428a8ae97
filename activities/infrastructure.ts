import type { RunRef } from '../contracts/run/run-ref';
import type { Changed, ServiceRow } from '../contracts/run/summaries';
import { refuseWhileRestoring } from '../environment/backup/restore';
import type { Environment } from '../environment/environment';
import type { Host } from '../environment/host';
import { keepKeyCopy } from '../environment/keys';
import { currentProgress } from '../environment/progress';
import { observeServices, runService, standingServices, troubleOf } from '../environment/services';
import { severalProblems } from '../contracts/core/failures';
import { databaseServices } from '../stack/engine/database';
import { ensureNetworkAndVolumes, ensureNetworks } from '../stack/engine/network-and-volumes';
import { checkMajor } from '../stack/engine/postgres-major';
import { isSecretUsed, ensureStackSecrets } from '../stack/engine/ensure-stack-secrets';

/** What is done with the Docker Engine of the host. */
export const infrastructureActivities = (host: Host) => ({
  async observeStack(run: RunRef): Promise<ServiceRow[]> {
    const environment = await host.open(run);
    const trouble = await troubleOf(environment);
    if (trouble !== undefined) throw trouble;
    return observeServices(environment);
  },

  /**
   * The services of a stack in which there is nothing to do: they run as declared and answer, and its secrets are on disk.
   * None where anything is to be seen to: the steps that do so come next.
   */
  async standingServices(run: RunRef): Promise<Changed & { services?: ServiceRow[] }> {
    const environment = await host.open(run);
    const services = await standingServices(environment);
    if (services === undefined) return { changes: [] };
    const { changes } = await ensureSecrets(environment);
    return { changes, ...(changes.length === 0 && { services }) };
  },

  async ensureStackSecrets(run: RunRef): Promise<Changed> {
    return ensureSecrets(await host.open(run));
  },

  async ensureImages(run: RunRef): Promise<Changed> {
    const environment = await host.open(run);
    const resolved = Object.values(
      await environment.images(undefined, { ...currentProgress(), refresh: true }),
    );
    const made = resolved.filter(({ action }) => action !== 'present');
    return { changes: [...new Set(made.map(({ action, ref }) => `${action} image ${ref}`))] };
  },

  async ensureNetwork(run: RunRef): Promise<Changed> {
    const opened = await host.open(run);
    const { environment, stateDir } = opened;
    const [engine, stack] = [opened.engine(), await opened.stack()];
    const images = await opened.images(undefined, currentProgress());
    const ensured = await ensureNetworkAndVolumes(engine, stack, { environment, images, stateDir });
    const fresh = ensured.filter(({ action }) => action === 'created').map(({ name }) => name);
    const problems = await Promise.all(
      databaseServices(stack)
        .filter(({ name }) => images[name] !== undefined)
        .map((service) =>
          checkMajor(engine, stack, service, { environment, stateDir, image: images[service.name]!, fresh }),
        ),
    );
    if (problems.flat().length > 0) throw severalProblems(problems.flat());
    const made = ensured.filter(({ action }) => action === 'created');
    return { changes: made.map(({ kind, name }) => `created ${kind} ${name}`) };
  },

  /** The networks of a stack that is brought back. Refused where a volume is gone. */
  async ensureNetworks(run: RunRef): Promise<Changed> {
    const opened = await host.open(run);
    const ensured = await ensureNetworks(opened.engine(), await opened.stack(), opened);
    const made = ensured.filter(({ action }) => action === 'created');
    return { changes: made.map(({ name }) => `created network ${name}`) };
  },

  /** Makes one service of the stack run and answer. */
  async ensureService(run: RunRef, name: string): Promise<ServiceRow> {
    return runService(await host.open(run), name, currentProgress());
  },
});

async function ensureSecrets(environment: Environment): Promise<Changed> {
  await refuseWhileRestoring(environment);
  const stack = await environment.stack();
  const ensured = await ensureStackSecrets(stack, {
    variables: environment.stackVariables(),
    isUsed: (name) => isSecretUsed(environment.engine(), stack, name),
  });
  await keepKeyCopy(environment.stateDir);
  const made = ensured
    .filter(({ action }) => action !== 'kept')
    .map(({ name, action }) => `${action} ${name}`);
  return { changes: made.length === 0 ? [] : [`secrets of the stack: ${made.join(', ')}`] };
}
