import type { EnvironmentActivities } from '../../activities';
import { parseChoices, type RunActivities } from '../../activities/start';
import { environmentQueue } from '../../contracts/core/names';
import { present } from '../../contracts/core/record';
import { PLAN_ACTIONS, type PlanAction } from '../../contracts/plan/plan-row';
import type { Choices, RunStart } from '../../contracts/run/run-ref';
import { listed, type NodesSummary, type PlanSummary } from '../../contracts/run/summaries';
import { stepName } from './held-step';

/** The queue on which the workers of a test do the work of whatever environment. */
export const QUEUE = environmentQueue('test', 'test-host-000000');

/** The digest of the n-th declaration. */
export const digestOf = (declared: number): string => declared.toString(16).padStart(64, '0');

const noNames = listed([]);

export const planSummary = (
  counts: Partial<Record<PlanAction, number>> = {},
  over: Partial<PlanSummary> = {},
): PlanSummary => ({
  planId: '1700000000000-0123456789abcdef',
  counts: {
    ...(Object.fromEntries(PLAN_ACTIONS.map((action) => [action, 0])) as Record<PlanAction, number>),
    ...counts,
  },
  writes: listed(Array.from({ length: counts.CREATE ?? 0 }, (_, index) => `/shared/KEY_${index}`)),
  missing: { required: noNames, optional: noNames },
  warnings: noNames,
  written: 0,
  ...over,
});

export const nodesSummary = (over: Partial<NodesSummary> = {}): NodesSummary => ({
  nodes: 1,
  written: 0,
  withheld: noNames,
  kept: noNames,
  removed: noNames,
  ...over,
});

/** Finds an environment that is always there, `test` where none is named; its input is checked as the real one is. */
export const fakeStart = (over: Partial<RunStart> = {}): RunActivities => ({
  startRun: (input) => Promise.resolve({ ...runStart(parseChoices(input)), ...over }),
});

export function runStart(choices: Choices, declared = 1): RunStart {
  const { environment = 'test', dryRun = false, overwrite = false, allowPartial = false } = choices;
  const { approve = false, approveWithin: withinSeconds = 60, plan, onDrift, accept } = choices;
  return {
    ...((approve || plan !== undefined) && {
      approval: { withinSeconds, ...(plan !== undefined && { plan }) },
    }),
    ...(choices.rotate && {
      rotation: { names: choices.rotate, overlapSeconds: choices.overlap ?? 0 },
    }),
    ref: { environment, declaration: choices.declaration ?? digestOf(declared), dryRun, overwrite },
    ...present({ onDrift, accept }),
    queue: QUEUE,
    allowPartial,
    infrastructure: 'stack',
    searchAttributes: true,
    driftAttributes: true,
    startedBy: 'somebody@somewhere',
  };
}

/** A machine on which everything is in place; a test replaces what it is about. */
export function fakeHost(calls: string[], over: Partial<EnvironmentActivities> = {}): EnvironmentActivities {
  const row = (name: string, address: string) =>
    ({ name, image: `${name}:1`, kind: 'registry', action: 'kept', address }) as const;
  const noChange = () => Promise.resolve({ changes: [] });
  const facts = { address: 'http://127.0.0.1:8881', generation: 'v4', projectId: 'p1' };
  const host: Partial<EnvironmentActivities> = {
    checkMachine: noChange,
    restoreDatabases: noChange,
    drillDatabases: () =>
      Promise.resolve({ file: 'test.age', made: '2026-01-01T00:00:00Z', tables: 1, rows: 1, secrets: 1 }),
    drillSecrets: () => Promise.resolve(),
    endDrill: () => Promise.resolve(),
    planUpgrade: () => Promise.resolve({ services: [] }),
    countForUpgrade: () => Promise.resolve(),
    backUpForUpgrade: () => Promise.resolve('test.age'),
    moveDatabases: () => Promise.resolve(),
    checkUpgrade: () => Promise.resolve({ secrets: 1 }),
    putDatabasesBack: () => Promise.resolve(true),
    endUpgrade: () => Promise.resolve({ left: [] }),
    makeBackup: () =>
      Promise.resolve({ file: 'test.age', made: '2026-01-01T00:00:00Z', bytes: 1, tables: 1, rows: 1 }),
    readRequirements: () => Promise.resolve({ files: 2, nodes: 2, keys: 3, unread: 0, problems: noNames }),
    planChanges: () => Promise.resolve({ digest: '0000000000000000', changes: noNames }),
    ensureEngine: noChange,
    readStack: () => Promise.resolve({ project: 'onex-test', services: STACK }),
    observeStack: () => Promise.resolve(STACK.map(({ name }) => row(name, '127.0.0.1:8881'))),
    standingServices: noChange,
    ensureStackSecrets: noChange,
    ensureImages: noChange,
    ensureNetworks: () => Promise.resolve({ changes: [] }),
    ensureNetwork: noChange,
    ensureService: (_run, name) => Promise.resolve(row(name, 'http://127.0.0.1:8881')),
    awaitInfisical: () => Promise.resolve(),
    ensureIdentities: () => Promise.resolve({ changes: [], facts }),
    planSeed: () => Promise.resolve(planSummary({ UNCHANGED: 3 })),
    applySeed: () => Promise.resolve({ written: 0 }),
    prefetchNodes: () => Promise.resolve(nodesSummary()),
    startRuntime: (_run, name) =>
      Promise.resolve({ ...row(name, 'http://127.0.0.1:8085'), nodes: 1, proof: 'proven' }),
    prepareRotation: (_run, name) => Promise.resolve({ changes: [`made a new ${name}`] }),
    switchRotation: () => Promise.resolve({ changes: [], at: Date.now() }),
    passRotation: noChange,
    retireRotation: (_run, name) => Promise.resolve({ changes: [`revoked the old ${name}`] }),
    endRotations: () => Promise.resolve(),
    keepReport: () => Promise.resolve({ run: '00000000-0000-4000-8000-000000000000', digest: digestOf(0) }),
    planPrune: () =>
      Promise.resolve({ planId: 'plan-1', digest: '0'.repeat(16), changes: noNames, referred: noNames }),
    applyPrune: () => Promise.resolve({ removed: 1 }),
    restorePruned: () => Promise.resolve({ written: 0, back: noNames, taken: noNames }),
    tellChange: () => Promise.resolve(true),
    askToJoin: () => Promise.resolve({ state: 'asking', homeKey: 'key' }),
    hostsToServe: () => Promise.resolve({ hosts: [] }),
    hostOrder: noChange,
    noteHosts: () => Promise.resolve(),
    presence: () => Promise.resolve({}),
    takeOrder: () => Promise.resolve({ changes: [], hasLeft: false }),
    lookAround: () =>
      Promise.resolve({
        outcome: 'in step',
        drifts: noNames,
        heals: {},
        decide: [],
        unobserved: noNames,
        accepted: 0,
        digest: '000000000000',
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
  ) as unknown as EnvironmentActivities;
}

const outline = (name: string, dependsOn: string[] = [], profiles: string[] = []) => ({
  name,
  profiles,
  dependsOn,
  readyWhen: 'it answers',
});

const STACK = [
  outline('infisical', ['postgres', 'valkey']),
  outline('postgres'),
  outline('valkey'),
  outline('greeter', ['infisical'], ['runtime']),
];
