import { join } from 'node:path';
import { z } from 'zod';
import { fingerprintLabel } from './key-fingerprints';
import { writeFileAtomic } from '../../environment/files/atomic';
import { readStateFile, STATE_VERSION } from '../../environment/files/state-file';

const schema = z.object({
  version: z.literal(STATE_VERSION),
  keys: z.record(z.string(), z.object({ fingerprint: z.string(), label: z.string().optional() })),
});

/**
 * Keys of a volume that a login has proven, by the secret's name: of volumes older than the label, and of keys that were
 * changed since, because a label cannot be. `label` is what the volume said then: one made anew says something else.
 */
export type ProvenKeys = z.infer<typeof schema>['keys'];

const fileOf = (volume: string) => join('fingerprints', `${volume}.json`);

export async function readProvenKeys(stateDir: string, volume: string): Promise<ProvenKeys> {
  return (await readStateFile(stateDir, fileOf(volume), schema))?.keys ?? {};
}

export async function saveProvenKeys(stateDir: string, volume: string, keys: ProvenKeys): Promise<void> {
  const content = { version: STATE_VERSION, keys: { ...(await readProvenKeys(stateDir, volume)), ...keys } };
  await writeFileAtomic(join(stateDir, fileOf(volume)), `${JSON.stringify(content, null, 2)}\n`);
}

/** The fingerprint that a key must have; undefined for a volume that nothing is known of. */
export function expectedFingerprint(
  name: string,
  labels: Record<string, string>,
  proven: ProvenKeys,
): string | undefined {
  const label = labels[fingerprintLabel(name)];
  const entry = proven[name];
  return entry !== undefined && entry.label === label ? entry.fingerprint : label;
}
