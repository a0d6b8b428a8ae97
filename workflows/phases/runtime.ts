import type { RuntimeRow } from '../../contracts/run/summaries';
import { RUNTIME, type ServiceOutline, type StackOutline } from '../../stack/compose/order';
import type { Run } from '../run';
import { groundOf, standing } from './recovery';

/** Starts the runtime services with exactly their nodes' configuration, and has each prove what it received. */
export async function startRuntime(run: Run, stack: StackOutline | undefined): Promise<RuntimeRow[]> {
  if (stack === undefined) return [];
  const services = stack.services.filter(({ profiles }) => profiles.includes(RUNTIME));
  return Promise.all(services.map((service) => startOne(run, stack, service)));
}

async function startOne(run: Run, { services }: StackOutline, service: ServiceOutline): Promise<RuntimeRow> {
  const { name, readyWhen } = service;
  const row = await standing(run, groundOf(services, name), (limits) =>
    run.step(
      'service',
      `${name} to prove its keys (${readyWhen})`,
      (host) => host.startRuntime(run.ref, name),
      limits,
    ),
  );
  if (row.action !== 'kept' && row.action !== 'skipped') run.note([`${row.action} ${row.name}`]);
  if (row.signalled) run.note([`signalled ${row.name}`]);
  return row;
}
