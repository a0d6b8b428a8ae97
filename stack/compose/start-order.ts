import type { Stack } from './stack';

/** Names of services in waves: everything that a wave depends on is in an earlier one. Without `profiles`, infrastructure only. */
export function startOrder(stack: Stack, profiles: readonly string[] = []): string[][] {
  const pending = new Map(
    Object.values(stack.services)
      .filter(
        (service) =>
          service.profiles.length === 0 || service.profiles.some((name) => profiles.includes(name)),
      )
      .map((service) => [service.name, service.dependsOn.map((to) => to.service)]),
  );
  const waves: string[][] = [];
  while (pending.size > 0) {
    const wave = [...pending]
      .filter(([, needs]) => !needs.some((name) => pending.has(name)))
      .map(([name]) => name);
    if (wave.length === 0) throw new Error('a stack with a dependency cycle is never built');
    for (const name of wave) pending.delete(name);
    waves.push(wave);
  }
  return waves;
}
