import { readyWhen } from './ready';
import type { Stack } from './stack';

/** What a workflow needs of a stack to order it, without paths, ports or images. */
export interface StackOutline {
  project: string;
  services: ServiceOutline[];
}

/** What the order of a start depends on. */
export interface Ordered {
  name: string;
  /** Empty for infrastructure; `runtime` starts after the configuration of its nodes is there. */
  profiles: readonly string[];
  /** Names of the services that must be ready first. */
  dependsOn: readonly string[];
}

export interface ServiceOutline extends Ordered {
  /** What ready means, in words: `a login as infisical on 127.0.0.1:5436`. */
  readyWhen: string;
}

/** The outline of a stack, in the order of its file. */
export function outlineStack({ name, services }: Pick<Stack, 'name' | 'services'>): StackOutline {
  return {
    project: name,
    services: Object.values(services).map((service) => ({
      name: service.name,
      profiles: service.profiles,
      dependsOn: service.dependsOn.map((to) => to.service),
      readyWhen: readyWhen(service),
    })),
  };
}

/** The profile of services that wait for the configuration of their nodes. */
export const RUNTIME = 'runtime';

/** Whether a run starts a service: one of another profile is left to `docker compose --profile`. */
export const isStarted = ({ profiles }: Pick<Ordered, 'profiles'>): boolean =>
  profiles.length === 0 || profiles.includes(RUNTIME);

/** Names of services in waves: everything that a wave depends on is in an earlier one. Without `profiles`, infrastructure only. */
export function startOrder(services: readonly Ordered[], profiles: readonly string[] = []): string[][] {
  const wanted = services.filter(
    (service) => service.profiles.length === 0 || service.profiles.some((name) => profiles.includes(name)),
  );
  const { waves, stuck } = inWaves(wanted);
  if (stuck.size > 0) throw new Error('a stack with a dependency cycle is never built');
  return waves;
}

/** Everything that a service depends on, directly or not, in the order in which it starts. */
export function dependenciesOf(services: readonly Ordered[], name: string): string[] {
  const direct = services.find((service) => service.name === name)?.dependsOn ?? [];
  return [...new Set(direct.flatMap((need) => [...dependenciesOf(services, need), need]))];
}

/** A cycle of dependencies, first service repeated at its end (`a`, `b`, `a`), or undefined. */
export function findCycle(services: readonly Ordered[]): string[] | undefined {
  const { stuck } = inWaves(services);
  const trail: string[] = [];
  let [name] = stuck.keys();
  // what is stuck waits for something that is stuck too
  while (name !== undefined && !trail.includes(name)) {
    trail.push(name);
    name = stuck.get(name)!.find((need) => stuck.has(need));
  }
  return name === undefined ? undefined : [...trail.slice(trail.indexOf(name)), name];
}

/** The waves, and what never comes because it waits for itself: names with their dependencies. */
function inWaves(services: readonly Ordered[]) {
  const pending = new Map(services.map(({ name, dependsOn }) => [name, dependsOn]));
  const waves: string[][] = [];
  for (;;) {
    const wave = [...pending.keys()].filter((name) => !pending.get(name)!.some((need) => pending.has(need)));
    if (wave.length === 0) return { waves, stuck: pending };
    for (const name of wave) pending.delete(name);
    waves.push(wave);
  }
}
