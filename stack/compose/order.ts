/** What the order of a start depends on; an outline of a stack has it. */
export interface Ordered {
  name: string;
  /** Empty for infrastructure. */
  profiles: readonly string[];
  /** Names of the services that must be ready first. */
  dependsOn: readonly string[];
}

/** Names of services in waves: everything that a wave depends on is in an earlier one. Without `profiles`, infrastructure only. */
export function startOrder(services: readonly Ordered[], profiles: readonly string[] = []): string[][] {
  const wanted = services.filter(
    (service) => service.profiles.length === 0 || service.profiles.some((name) => profiles.includes(name)),
  );
  const pending = new Map(wanted.map(({ name, dependsOn }) => [name, dependsOn]));
  const waves: string[][] = [];
  while (pending.size > 0) {
    const wave = [...pending.keys()].filter((name) => !pending.get(name)!.some((need) => pending.has(need)));
    if (wave.length === 0) throw new Error('a stack with a dependency cycle is never built');
    for (const name of wave) pending.delete(name);
    waves.push(wave);
  }
  return waves;
}

/** Everything that a service depends on, directly or not, in the order in which it starts. */
export function dependenciesOf(services: readonly Ordered[], name: string): string[] {
  const direct = services.find((service) => service.name === name)?.dependsOn ?? [];
  return [...new Set(direct.flatMap((need) => [...dependenciesOf(services, need), need]))];
}

/** A cycle of dependencies, first service repeated at its end (`a`, `b`, `a`), or undefined. */
export function findCycle(services: readonly Ordered[]): string[] | undefined {
  const needs = new Map(services.map(({ name, dependsOn }) => [name, dependsOn]));
  const done = new Set<string>();
  const visit = (name: string, trail: string[]): string[] | undefined => {
    const start = trail.indexOf(name);
    if (start >= 0) return [...trail.slice(start), name];
    if (done.has(name)) return undefined;
    for (const need of needs.get(name) ?? []) {
      const cycle = visit(need, [...trail, name]);
      if (cycle !== undefined) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const { name } of services) {
    const cycle = visit(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
