import type { Service } from './stack';

/** The secrets that open a volume: what its declaration names, and the password of whatever runs on it. */
export function volumeKeys(volume: string, declared: readonly string[], services: Service[]): string[] {
  const users = services.filter(({ mounts }) =>
    mounts.some((mount) => mount.kind === 'volume' && mount.volume === volume),
  );
  const passwords = users.flatMap(({ ready }) =>
    ready !== undefined && 'password' in ready && ready.password !== undefined ? [ready.password] : [],
  );
  return [...new Set([...passwords, ...declared])];
}
