import type Docker from 'dockerode';
import type { Service, Stack } from '../compose/stack';
import { tolerate } from './engine-error';
import { containerName } from './engine-names';

/** What a service stands on that does not run, or was started after it: that the service ended tells nothing of it then. */
export async function lostDependency(
  engine: Docker,
  stack: Stack,
  { name, dependsOn }: Service,
): Promise<string | undefined> {
  const own = await stateOf(engine, stack, name);
  for (const { service } of dependsOn) {
    const state = await stateOf(engine, stack, service);
    if (state?.Status !== 'running') return service;
    if (own !== undefined && Date.parse(state.StartedAt) > Date.parse(own.StartedAt)) return service;
  }
  return undefined;
}

async function stateOf(engine: Docker, stack: Stack, service: string) {
  const container = engine.getContainer(containerName(stack, service));
  return (await tolerate(container.inspect(), 404))?.State;
}
