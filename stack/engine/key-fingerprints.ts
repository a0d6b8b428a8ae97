import { keyedDigest } from '../../contracts/core/keyed-digest';
import { Secret } from '../../contracts/core/secret';
import type { Stack, StackSecret, StackVolume } from '../compose/stack';
import { readSecretFile } from '../../environment/files/state-file';

interface Sources {
  /** The installation's own key: without it nobody who reads a label can try guesses. */
  key: Secret;
  /** The operator's variables, for a file that is not there yet. */
  given?: ReadonlyMap<string, Secret>;
}

/** Fingerprints of a volume's keys by the secret's name, as they may stand in a label. A secret without a value has none. */
export async function keyFingerprints(
  stack: Stack,
  volume: StackVolume,
  { key, given = new Map() }: Sources,
): Promise<Record<string, string>> {
  const entries = await Promise.all(
    volume.keys.map(async (name) => {
      const secret = stack.secrets[name];
      const value = secret === undefined ? undefined : await valueOf(secret, given);
      if (value === undefined) return [];
      const content = new Secret(['volume key', volume.engineName, name, value.reveal()].join('\0'));
      return [[name, keyedDigest(key, content)] as const];
    }),
  );
  return Object.fromEntries(entries.flat());
}

/** The label of a volume for one of its keys. */
export const fingerprintLabel = (name: string) => `onex.key.${name}`;

/** Labels for a new volume, which stay what they are: an engine cannot change them. */
export const fingerprintLabels = (fingerprints: Record<string, string>) =>
  Object.fromEntries(Object.entries(fingerprints).map(([name, value]) => [fingerprintLabel(name), value]));

async function valueOf({ file, origin }: StackSecret, given: ReadonlyMap<string, Secret>) {
  const stored = await readSecretFile(file);
  if (stored !== undefined || origin.kind !== 'generated' || origin.from === undefined) return stored;
  const named = given.get(origin.from);
  return named?.isBlank === true ? undefined : named;
}
