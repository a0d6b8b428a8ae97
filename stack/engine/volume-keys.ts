import { join } from 'node:path';
import { z } from 'zod';
import { keyedDigest } from '../../contracts/core/keyed-digest';
import { Secret } from '../../contracts/core/secret';
import {
  readSecretFile,
  readStateFile,
  STATE_VERSION,
  writeStateFile,
} from '../../environment/files/state-file';
import { installationKey } from '../../environment/keys';
import type { Stack, StackSecret, StackVolume } from '../compose/stack';

/**
 * Fingerprints of a volume's keys by the secret's name, as they may stand in a label: nobody who reads one can try
 * guesses without the installation's own key. A secret without a value has none; a file that is not there yet may come
 * from the operator's `variables`.
 */
export async function keyFingerprints(
  stack: Stack,
  volume: StackVolume,
  { stateDir, variables }: { stateDir: string; variables?: ReadonlyMap<string, Secret> },
): Promise<Record<string, string>> {
  const key = await installationKey(stateDir);
  const entries = volume.keys.map(async (name) => {
    const secret = stack.secrets[name];
    const value = secret === undefined ? undefined : await valueOf(secret, variables);
    if (value === undefined) return [];
    const content = new Secret(['volume key', volume.engineName, name, value.reveal()].join('\0'));
    return [[name, keyedDigest(key, content)] as const];
  });
  return Object.fromEntries((await Promise.all(entries)).flat());
}

async function valueOf({ file, origin }: StackSecret, variables: ReadonlyMap<string, Secret> | undefined) {
  const stored = await readSecretFile(file);
  if (stored !== undefined || origin.kind !== 'generated' || origin.from === undefined) return stored;
  const named = variables?.get(origin.from);
  return named?.isBlank === true ? undefined : named;
}

/** The label of a volume for one of its keys; it stays what it is, because an engine cannot change labels. */
export const fingerprintLabel = (name: string) => `onex.key.${name}`;

const schema = z.object({
  version: z.literal(STATE_VERSION),
  keys: z.record(z.string(), z.object({ fingerprint: z.string(), label: z.string() })),
});

/**
 * Keys of a volume that were changed since it was made, each proven by a login, by the secret's name. `label` is what the
 * volume said then: one made anew says something else.
 */
export type ProvenKeys = z.infer<typeof schema>['keys'];

const fileOf = (volume: string) => join('fingerprints', `${volume}.json`);

export async function readProvenKeys(stateDir: string, volume: string): Promise<ProvenKeys> {
  return (await readStateFile(stateDir, fileOf(volume), schema))?.keys ?? {};
}

export async function saveProvenKeys(stateDir: string, volume: string, keys: ProvenKeys): Promise<void> {
  const all = { ...(await readProvenKeys(stateDir, volume)), ...keys };
  await writeStateFile(stateDir, fileOf(volume), { keys: all });
}
