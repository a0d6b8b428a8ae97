import type { HostActivities } from '../../activities/host-activities';
import type { SharedActivities } from '../../activities/shared-activities';
import { PLAN_ACTIONS, type PlanAction } from '../../contracts/plan/plan-row';
import type { SeedReport } from '../../contracts/report/seed-report';
import type { Settings } from '../../contracts/settings/settings';
import { stepName } from './held-step';

export const settings = (over: Partial<Settings> = {}): Settings => ({
  environment: 'test',
  host: 'test-host',
  stateDir: '/nowhere/test',
  infrastructure: { kind: 'stack', file: '/nowhere/docker-compose.yml' },
  contracts: [],
  service: 'onex',
  envFiles: [],
  folders: {},
  projectSlug: 'onex-platform',
  runtimeEnvFile: '/nowhere/runtime.env',
  nodesDir: '/nowhere/nodes',
  overwrite: false,
  dryRun: false,
  required: false,
  searchAttributes: true,
  ...over,
});

export const seedReport = (counts: Partial<Record<PlanAction, number>> = {}): SeedReport => ({
  planId: 'plan-1',
  counts: {
    ...(Object.fromEntries(PLAN_ACTIONS.map((a) => [a, 0])) as Record<PlanAction, number>),
    ...counts,
  },
  rows: {},
  missing: [],
  warnings: [],
  written: 0,
});

export const fakeShared = (over: Partial<Settings> = {}): SharedActivities => ({
  resolveSettings: ({ dryRun, host, environment }) =>
    Promise.resolve(
      settings({
        ...over,
        ...(dryRun ? { dryRun } : {}),
        ...(host ? { host } : {}),
        ...(environment ? { environment } : {}),
      }),
    ),
  awaitInfisical: () => Promise.resolve({ generation: 'v4', initialized: true }),
});

/** A machine on which everything is in place; a test replaces what it is about. */
export function fakeHost(calls: string[], over: Partial<HostActivities> = {}): HostActivities {
  const service = (name: string, address: string) => ({
    name,
    image: `${name}:1`,
    kind: 'registry' as const,
    action: 'kept' as const,
    address,
  });
  const noChange = () => Promise.resolve({ changes: [] });
  const facts = { address: 'http://127.0.0.1:8881', generation: 'v4', projectId: 'p1' };
  const host: HostActivities = {
    checkState: noChange,
    readRequirements: () => Promise.resolve({ files: 2, nodes: 2, keys: 3, problems: [] }),
    ensureEngine: () => Promise.resolve({ changes: [], version: '20.10' }),
    readStack: () =>
      Promise.resolve({
        project: 'onex-test',
        services: [
          outline('infisical', ['postgres', 'valkey']),
          outline('postgres', []),
          outline('valkey', []),
          { ...outline('greeter', []), profiles: ['runtime'], nodes: '*' as const },
        ],
      }),
    observeStack: () => Promise.resolve([]),
    ensureStackSecrets: noChange,
    ensureImages: noChange,
    ensureNetwork: noChange,
    ensureService: (_settings, name) => Promise.resolve(service(name, 'http://127.0.0.1:8881')),
    adoptIdentity: () => Promise.resolve(undefined),
    ensureIdentities: () => Promise.resolve({ changes: [], facts }),
    writeRuntimeEnv: noChange,
    planSeed: () => Promise.resolve(seedReport({ UNCHANGED: 3 })),
    applySeed: () => Promise.resolve({ written: 0, requests: 0 }),
    prefetchNodes: () =>
      Promise.resolve([
        {
          node: 'n1',
          service: 'onex',
          keys: 2,
          file: 'unchanged',
          missingRequired: [],
          missingOptional: [],
          provenance: {},
        },
      ]),
    startRuntime: (_settings, name, nodes) =>
      Promise.resolve({
        ...service(name, 'http://127.0.0.1:8085'),
        nodes: nodes.map(({ node }) => node),
        proof: 'proven',
      }),
    ...over,
  };
  return Object.fromEntries(
    Object.entries(host).map(([name, activity]) => [
      name,
      (...args: unknown[]) => {
        calls.push(stepName(name, args));
        return (activity as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as HostActivities;
}

function outline(name: string, dependsOn: string[]) {
  return { name, profiles: [] as string[], dependsOn, readyWhen: 'it answers', nodes: undefined };
}
