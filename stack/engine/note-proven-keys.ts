import type Docker from 'dockerode';
import type { Secret } from '../../contracts/core/secret';
import { templateSecrets } from '../compose/render-template';
import type { Service, Stack } from '../compose/stack';
import { readVolumeLabels } from './read-volume-labels';
import { keyFingerprints } from './key-fingerprints';
import { expectedFingerprint, readProvenKeys, saveProvenKeys } from './proven-keys';

/**
 * Notes the keys that a service proved by becoming ready, of volumes that nothing was known of: those of installations
 * made before volumes had fingerprints. A service proves what it was given, for its own volumes and those that it needs.
 */
export async function noteProvenKeys(
  engine: Docker,
  stack: Stack,
  service: Service,
  { stateDir, key }: { stateDir: string; key: Secret },
): Promise<void> {
  const given = keysOf(stack, service);
  for (const volume of volumesOf(stack, service)) {
    const names = volume.keys.filter((name) => given.has(name));
    const proven = await readProvenKeys(stateDir, volume.engineName);
    if (names.every((name) => proven[name] !== undefined)) continue;
    const labels = await readVolumeLabels(engine, volume.engineName);
    if (labels === undefined) continue;
    const unknown = names.filter((name) => expectedFingerprint(name, labels, proven) === undefined);
    if (unknown.length === 0) continue;
    const found = await keyFingerprints(stack, volume, { key });
    const entries = unknown.flatMap((name) => {
      const fingerprint = found[name];
      return fingerprint === undefined ? [] : [[name, { fingerprint }] as const];
    });
    await saveProvenKeys(stateDir, volume.engineName, Object.fromEntries(entries));
  }
}

/** Its secrets, and what its rendered ones are made of. */
function keysOf(stack: Stack, { secrets }: Service): Set<string> {
  const parts = secrets.flatMap((name) => {
    const origin = stack.secrets[name]?.origin;
    return origin?.kind === 'rendered' ? templateSecrets(origin.template).names : [];
  });
  return new Set([...secrets, ...parts]);
}

function volumesOf(stack: Stack, service: Service) {
  const needed = service.dependsOn.flatMap((to) => stack.services[to.service] ?? []);
  const names = [service, ...needed].flatMap(({ mounts }) =>
    mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : [])),
  );
  return [...new Set(names)].flatMap((name) => stack.volumes[name] ?? []);
}
