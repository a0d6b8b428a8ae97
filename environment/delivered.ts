import { join } from 'node:path';
import { writeFileAtomic } from './files/atomic';
import { readKept } from './files/system';

const pathOf = (stateDir: string, service: string) => join(stateDir, 'delivered', service);

/** Keyed digest of the configuration that a service was started with or told to read; undefined where none is noted. */
export async function deliveredTo(stateDir: string, service: string): Promise<string | undefined> {
  return (await readKept(pathOf(stateDir, service)))?.toString('utf8');
}

export const noteDelivered = (stateDir: string, service: string, digest: string): Promise<void> =>
  writeFileAtomic(pathOf(stateDir, service), digest);
