import type { ServiceOutline, StackOutline } from '../../contracts/report/outlines';
import type { ServiceRow } from '../../contracts/report/service-row';
import type { Run } from '../run';

const INFISICAL = 'infisical';

export interface Infrastructure {
  services: ServiceRow[];
  /** Base URL of Infisical as this host reaches it. */
  address: string;
}

/** Starts what the stack declares outside of any profile, or names the Infisical that somebody else runs. */
export async function startInfrastructure(
  run: Run,
  stack: StackOutline | undefined,
): Promise<Infrastructure> {
  const { settings } = run;
  if (settings.infrastructure.kind === 'external') {
    return { services: [], address: settings.infrastructure.address };
  }
  const declared = (stack?.services ?? []).filter(({ profiles }) => profiles.length === 0);
  if (settings.dryRun)
    return withAddress(await run.host('observeStack', 'quick', 'the Docker Engine')(settings));

  run.note((await run.host('ensureStackSecrets', 'quick', 'passwords and keys on disk')(settings)).changes);
  run.note((await run.host('ensureImages', 'images', 'images')(settings)).changes);
  run.note((await run.host('ensureNetwork', 'service', 'network and volumes')(settings)).changes);
  return withAddress(await startInOrder(run, declared));
}

/** Each service as soon as all that it depends on is ready. */
async function startInOrder(run: Run, services: ServiceOutline[]): Promise<ServiceRow[]> {
  const started = new Map<string, Promise<ServiceRow>>();
  const start = (service: ServiceOutline): Promise<ServiceRow> => {
    const known = started.get(service.name);
    if (known !== undefined) return known;
    const row = startAfterDependencies(service);
    started.set(service.name, row);
    return row;
  };
  const startAfterDependencies = async (service: ServiceOutline) => {
    const needed = services.filter(({ name }) => service.dependsOn.includes(name));
    await Promise.all(needed.map(start));
    const row = await run.host(
      'ensureService',
      'service',
      `${service.name} to be ready (${service.readyWhen})`,
    )(run.settings, service.name);
    if (row.action !== 'kept') run.note([`${row.action} ${row.name}`]);
    return row;
  };
  return Promise.all(services.map(start));
}

function withAddress(services: ServiceRow[]): Infrastructure {
  return { services, address: services.find(({ name }) => name === INFISICAL)?.address ?? '' };
}
