import type { ServiceRow } from '../../contracts/run/summaries';
import type { ServiceOutline, StackOutline } from '../../stack/compose/order';
import type { Run } from '../run';
import type { Preflight } from './preflight';
import { ENGINE_ONLY, ensureOne, groundOf, standing } from './recovery';

/** Starts what the stack declares outside of any profile. Nothing where somebody else runs Infisical, or all of it stands. */
export async function startInfrastructure(
  run: Run,
  { stack, standing: found }: Omit<Preflight, 'contracts'>,
): Promise<ServiceRow[]> {
  if (stack === undefined) return [];
  if (found !== undefined) return found;
  if (run.ref.dryRun) return run.step('quick', 'the Docker Engine', (host) => host.observeStack(run.ref));

  const made = await Promise.all([
    run.step('quick', 'passwords and keys to be on disk', (host) => host.ensureStackSecrets(run.ref)),
    standing(run, ENGINE_ONLY, (limits) =>
      run.step('images', 'the images', (host) => host.ensureImages(run.ref), limits),
    ),
    standing(run, ENGINE_ONLY, (limits) =>
      run.step('service', 'the network and volumes', (host) => host.ensureNetwork(run.ref), limits),
    ),
  ]);
  for (const { changes } of made) run.note(changes);
  return startServices(run, stack);
}

/** All that the stack declares outside of any profile, as it is on disk now. */
export const startServices = (run: Run, stack: StackOutline): Promise<ServiceRow[]> =>
  startInOrder(
    run,
    stack.services.filter(({ profiles }) => profiles.length === 0),
  );

/** Each service as soon as all that it depends on is ready. */
function startInOrder(run: Run, services: readonly ServiceOutline[]): Promise<ServiceRow[]> {
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
    return standing(run, groundOf(services, service.name), (limits) => ensureOne(run, service, limits));
  };
  return Promise.all(services.map(start));
}
