import type { EnvironmentActivities } from '../../../activities';
import { planStale, unavailable } from '../../../contracts/core/failures';
import { listed } from '../../../contracts/run/summaries';
import { fakeHost, nodesSummary, planSummary } from '../fake-activities';

type Activity = (...args: unknown[]) => Promise<unknown>;

const changed = (...changes: string[]) => Promise.resolve({ changes });
const created = (name: string) =>
  ({
    name,
    image: `${name}:1`,
    kind: 'registry',
    action: 'created',
    address: 'http://127.0.0.1:8881',
  }) as const;

/** A bare machine: every step has something to do. */
export const bare: Partial<EnvironmentActivities> = {
  ensureEngine: () => changed('started the Docker Engine'),
  ensureStackSecrets: () => changed('made 4 passwords and keys'),
  ensureImages: () => changed('pulled 3 images'),
  ensureNetwork: () => changed('created the network', 'created 2 volumes'),
  ensureService: (_run, name) => Promise.resolve(created(name)),
  ensureIdentities: () =>
    Promise.resolve({
      changes: ['set up the instance', 'created project onex-platform', 'wrote runtime.env'],
      facts: { address: 'http://127.0.0.1:8881', generation: 'v4', projectId: 'p1' },
    }),
  planSeed: () => Promise.resolve(planSummary({ CREATE: 3 })),
  applySeed: () => Promise.resolve({ written: 3 }),
  prefetchNodes: () => Promise.resolve(nodesSummary({ written: 1 })),
  startRuntime: (_run, name) => Promise.resolve({ ...created(name), nodes: 1, proof: 'proven' }),
};

/** A machine on which a node lacks a required key. */
export const lacking: Partial<EnvironmentActivities> = {
  planSeed: () =>
    Promise.resolve(
      planSummary(
        { MISSING: 1 },
        { missing: { required: listed(['/shared/API_KEY needed by n1']), optional: listed([]) } },
      ),
    ),
  prefetchNodes: () => Promise.resolve(nodesSummary({ withheld: listed(['n1 lacks API_KEY']) })),
  startRuntime: (_run, name) =>
    Promise.resolve({
      ...{ name, image: '', kind: 'registry', action: 'skipped', nodes: 1, proof: 'not started' },
      reason: 'required keys are missing for n1',
    } as const),
};

/** Whose operator gave an identity. */
export const adopted: Partial<EnvironmentActivities> = {
  ensureIdentities: () =>
    Promise.resolve({
      changes: [],
      facts: { address: 'https://secrets.example', generation: 'v3', projectId: 'theirs' },
    }),
};

/** Where a service was stopped, until somebody starts it. */
export function drifted(): Partial<EnvironmentActivities> {
  let isStopped = true;
  const usual = fakeHost([]);
  return {
    ...bare,
    lookAround: async (run, accept) => {
      const seen = await usual.lookAround(run, accept);
      if (!isStopped) return seen;
      const drifts = listed(['container valkey: stopped']);
      return { ...seen, outcome: 'drifted', drifts, heals: { container: ['valkey'] } };
    },
    ensureService: (_run, name) => {
      isStopped = false;
      return Promise.resolve(created(name));
    },
  };
}

/** Where the server has a key that nobody needs. */
export const unmanaged: Partial<EnvironmentActivities> = {
  planPrune: () =>
    Promise.resolve({
      digest: '0123456789abcdef',
      planId: '1-0123456789abcdef',
      changes: listed(['delete /shared/OLD']),
      referred: listed([]),
    }),
};

/** Where the server was changed between plan and apply, once. */
export const overtaken = (): Partial<EnvironmentActivities> =>
  failing(bare, 'applySeed', planStale('changed'));

/** Where a step fails so often, and then does what it does in `over`. */
export function failing(
  over: Partial<EnvironmentActivities>,
  step: keyof EnvironmentActivities,
  failure: Error,
  times = 1,
): Partial<EnvironmentActivities> {
  const { [step]: usual } = fakeHost([], over) as unknown as Record<string, Activity>;
  let tries = 0;
  const flaky: Activity = (...args) => (tries++ < times ? Promise.reject(failure) : usual!(...args));
  return { ...over, [step]: flaky };
}

/** Where a step finds what it stands on gone: it fails until that was brought back, and once more than Temporal tries. */
export const outage = (
  over: Partial<EnvironmentActivities>,
  step: keyof EnvironmentActivities,
): Partial<EnvironmentActivities> => failing(over, step, unavailable(`${step}: no answer`), 3);

/** A stack file that names another image of Infisical. */
export const renamed: Partial<EnvironmentActivities> = {
  ...bare,
  planUpgrade: () =>
    Promise.resolve({ services: [{ name: 'infisical', from: 'infisical:1', to: 'infisical:2' }] }),
};
