import type { HostActivities } from '../../../activities/host-activities';
import { unavailable } from '../../../contracts/core/failures';
import { fakeHost, seedReport } from '../fake-activities';

const changed = (...changes: string[]) => Promise.resolve({ changes });
const row = (name: string) => ({ name, image: `${name}:1`, kind: 'registry' as const });

/** A bare machine: every step has something to do. */
export const bare: Partial<HostActivities> = {
  ensureEngine: () => Promise.resolve({ changes: ['started the Docker Engine'], version: '20.10' }),
  ensureStackSecrets: () => changed('made 4 passwords and keys'),
  ensureImages: () => changed('pulled 3 images'),
  ensureNetwork: () => changed('created the network', 'created 2 volumes'),
  ensureService: (_settings, name) =>
    Promise.resolve({ ...row(name), action: 'created', address: 'http://127.0.0.1:8881' }),
  ensureIdentities: (_settings, address) =>
    Promise.resolve({
      changes: ['set up the instance', 'created project onex-platform'],
      facts: { address, generation: 'v4', projectId: 'p1' },
    }),
  writeRuntimeEnv: () => changed('wrote runtime.env'),
  planSeed: () => Promise.resolve(seedReport({ CREATE: 3 })),
  applySeed: () => Promise.resolve({ written: 3, requests: 2 }),
  prefetchNodes: () => Promise.resolve([node('written', [])]),
  startRuntime: (_settings, name, nodes) =>
    Promise.resolve({
      ...row(name),
      action: 'created',
      address: 'http://127.0.0.1:8085',
      nodes: nodes.map((one) => one.node),
      proof: 'proven',
    }),
};

/** A machine on which a node lacks a required key. */
export const lacking: Partial<HostActivities> = {
  prefetchNodes: () => Promise.resolve([node('withheld', ['API_KEY'])]),
};

/** Whose operator gave an identity. */
export const adopted: Partial<HostActivities> = {
  adoptIdentity: (_settings, address) => Promise.resolve({ address, generation: 'v3', projectId: 'theirs' }),
};

/** Where the server was changed between plan and apply, once. */
export function overtaken(stale: Error): Partial<HostActivities> {
  const answers = [() => Promise.reject(stale), () => Promise.resolve({ written: 3, requests: 2 })];
  return {
    planSeed: () => Promise.resolve(seedReport({ CREATE: 3 })),
    applySeed: () => (answers.shift() ?? answers[0]!)(),
  };
}

/** Where every step finds an outage the first time. */
export function outage(over: Partial<HostActivities>): Partial<HostActivities> {
  const all = Object.entries(fakeHost([], over)) as [string, (...args: unknown[]) => Promise<unknown>][];
  const flaky = all.map(([name, activity]) => {
    let tries = 0;
    const once = (...args: unknown[]) =>
      tries++ === 0 ? Promise.reject(unavailable(`${name}: no answer`)) : activity(...args);
    return [name, once];
  });
  return Object.fromEntries(flaky) as Partial<HostActivities>;
}

function node(file: 'written' | 'withheld', missingRequired: string[]) {
  return { node: 'n1', service: 'onex', keys: 2, file, missingRequired, missingOptional: [], provenance: {} };
}
