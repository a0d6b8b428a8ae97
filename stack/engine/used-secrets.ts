import type Docker from 'dockerode';
import { templateSecrets } from '../compose/render-template';
import type { Stack } from '../compose/stack';
import { volumeLabelsOf } from './network-and-volumes';

/**
 * Whether anything on this engine was made with a secret: a container that sees its file or one rendered of it, a
 * volume that it is a key of. True where that cannot be told.
 */
export async function isSecretUsed(engine: Docker, stack: Stack, name: string): Promise<boolean> {
  const holders = Object.values(stack.secrets).filter(
    (secret) =>
      secret.name === name ||
      (secret.origin.kind === 'rendered' && templateSecrets(secret.origin.template).names.includes(name)),
  );
  const files = holders.map(({ file }) => file);
  const volumes = Object.values(stack.volumes).filter(({ keys }) => keys.includes(name));
  try {
    const containers = await engine.listContainers({ all: true });
    if (containers.some(({ Mounts }) => Mounts.some(({ Source }) => files.includes(Source)))) return true;
    const labels = await Promise.all(volumes.map(({ engineName }) => volumeLabelsOf(engine, engineName)));
    return labels.some((found) => found !== undefined);
  } catch {
    return true;
  }
}
