import type Docker from 'dockerode';
import type { Stack, StackVolume } from '../compose/stack';
import { findContainer } from './find-container';
import { probe } from './probe';
import { readStackSecret } from './read-stack-secret';

/** Whether the service that runs on the volume lets the password on disk in. False where none runs, or for another key. */
export async function provenByLogin(
  engine: Docker,
  stack: Stack,
  { name: volume }: StackVolume,
  secret: string,
): Promise<boolean> {
  for (const { name, ready, mounts } of Object.values(stack.services)) {
    if (ready === undefined || !('password' in ready) || ready.password !== secret) continue;
    if (!mounts.some((mount) => mount.kind === 'volume' && mount.volume === volume)) continue;
    const container = await findContainer(engine, stack, name);
    if (container?.state !== 'running') continue;
    const password = await readStackSecret(stack, secret).catch(() => undefined);
    if (password !== undefined && (await probe(ready, password)).state === 'ready') return true;
  }
  return false;
}
