import type { EnvironmentActivities } from '../../../activities';
import { declarationChanged, forbidden } from '../../../contracts/core/failures';
import type { Choices, RunStart } from '../../../contracts/run/run-ref';
import { listed } from '../../../contracts/run/summaries';
import type { Pages } from '../../../workflows/host-pages';
import type * as workflows from '../../../workflows/index';
import { digestOf, QUEUE } from '../fake-activities';
import { adopted, bare, drifted, failing, lacking, outage, overtaken, renamed, unmanaged } from './hosts';

/** One way of a workflow to its end. */
export interface Scenario {
  /** Name of its history, and of its environment. */
  name: string;
  type: keyof typeof workflows;
  ends: 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'CONTINUED_AS_NEW';
  input?: Choices | Pages;
  start?: Partial<RunStart>;
  /** Made anew for each play: some count their tries. */
  host?: () => Partial<EnvironmentActivities>;
  /** The step during which it is cancelled. */
  cancelledIn?: string;
  /** That step fails on its way out. */
  failsThen?: true;
  /** Somebody approves the plan of this digest. */
  approves?: string;
  /** It is started under an id that is not the lock of its environment: while that is free, or is held. */
  byHand?: 'free' | 'held';
}

/** A step of every phase, with the activity that does it. */
export const STEP_OF_PHASE = {
  preflight: 'checkMachine',
  infrastructure: 'ensureService postgres',
  identity: 'ensureIdentities',
  seed: 'applySeed',
  prefetch: 'prefetchNodes',
  runtime: 'startRuntime greeter',
} as const;

const CLAIMS = { name: 'edge', installation: 'edge-000000', recipient: `age1${'q'.repeat(58)}` };
const JOINED = { infrastructure: 'external', joined: { name: 'edge', hasServices: true } } as const;
/** One host that joined, and where it looks for work. */
const edgeOn = (queue: string): Partial<EnvironmentActivities> => ({
  hostsToServe: () =>
    Promise.resolve({ hosts: [{ name: 'edge', queue, isLeaving: false, isForgotten: false }] }),
});
const away = edgeOn('onex-bootstrap/test@nobody');
const pagesOf = (environment: string): Pages => ({
  ref: { environment, declaration: digestOf(1), dryRun: false, overwrite: false },
  queue: QUEUE,
  waitSeconds: 1,
});

const PLAN = { digest: '0123456789abcdef', changes: listed(['create postgres']), planId: 'plan-1' };

type More = Omit<Partial<Scenario>, 'name' | 'type'>;

const ends =
  (how: Scenario['ends']) =>
  (type: Scenario['type'], name: string, more: More = {}): Scenario => ({
    name,
    type,
    ends: how,
    host: () => bare,
    ...more,
  });
const [completed, cancelled, startsOver] = [ends('COMPLETED'), ends('CANCELLED'), ends('CONTINUED_AS_NEW')];
const failed = (type: Scenario['type'], name: string, step: keyof EnvironmentActivities): Scenario =>
  ends('FAILED')(type, name, { host: () => failing(bare, step, forbidden('no')) });
const partial = (type: Scenario['type'], name: string, more: More = {}): Scenario =>
  ends('FAILED')(type, name, { host: () => ({ ...bare, ...lacking }), ...more });

/** Every workflow and every kind of end; names are those of the recorded histories. */
export const scenarios: readonly Scenario[] = [
  completed('bootstrap', 'bootstrap'),
  completed('bootstrap', 'bootstrap-in-place', { host: () => ({}) }),
  partial('bootstrap', 'bootstrap-partial'),
  partial('bootstrap', 'bootstrap-partial-allowed', { ends: 'COMPLETED', input: { allowPartial: true } }),
  completed('bootstrap', 'bootstrap-changes-pending', { input: { dryRun: true } }),
  completed('bootstrap', 'bootstrap-in-step', { input: { dryRun: true }, host: () => ({}) }),
  completed('bootstrap', 'bootstrap-approved', {
    input: { approve: true },
    approves: PLAN.digest,
    host: () => ({ ...bare, planChanges: () => Promise.resolve(PLAN) }),
  }),
  ends('FAILED')('bootstrap', 'bootstrap-not-approved', {
    input: { approve: true, approveWithin: 1 },
    host: () => ({ ...bare, planChanges: () => Promise.resolve(PLAN) }),
  }),
  failed('bootstrap', 'bootstrap-failed', 'ensureIdentities'),
  cancelled('bootstrap', 'bootstrap-cancelled', { cancelledIn: 'ensureService postgres' }),
  cancelled('bootstrap', 'bootstrap-cancelled-at-start', { cancelledIn: 'startRun' }),
  cancelled('bootstrap', 'bootstrap-cancelled-then-failing', {
    cancelledIn: 'ensureIdentities',
    failsThen: true,
  }),
  completed('bootstrap', 'bootstrap-recovered', { host: () => outage(bare, 'planSeed') }),
  completed('bootstrap', 'bootstrap-replanned', { host: overtaken }),
  startsOver('bootstrap', 'bootstrap-declared-anew', {
    host: () => failing(bare, 'planSeed', declarationChanged('declared anew')),
  }),
  completed('bootstrap', 'bootstrap-external', {
    start: { infrastructure: 'external' },
    host: () => ({ ...bare, ...adopted }),
  }),
  completed('bootstrap', 'bootstrap-by-hand', { byHand: 'free' }),
  partial('bootstrap', 'bootstrap-by-hand-partial', { byHand: 'free' }),
  ends('FAILED')('bootstrap', 'bootstrap-by-hand-refused', { byHand: 'held' }),
  cancelled('bootstrap', 'bootstrap-by-hand-cancelled', { byHand: 'free', cancelledIn: 'ensureNetwork' }),

  ends('FAILED')('bootstrap', 'bootstrap-host-away', {
    start: { hosts: true },
    input: { waitForHosts: 1 },
    host: () => ({ ...bare, ...away }),
  }),
  completed('serveHosts', 'serve-hosts'),
  ends('FAILED')('serveHosts', 'serve-hosts-away', { input: { waitForHosts: 1 }, host: () => away }),
  cancelled('serveHosts', 'serve-hosts-cancelled', { cancelledIn: 'hostsToServe' }),
  completed('serveHost', 'serve-host', {
    start: JOINED,
    input: { order: { text: '{}', signature: 'of the home' } },
  }),
  failed('serveHost', 'serve-host-failed', 'prefetchNodes'),
  cancelled('serveHost', 'serve-host-cancelled', { start: JOINED, cancelledIn: 'prefetchNodes' }),
  completed('hostPages', 'host-pages', {
    start: JOINED,
    input: pagesOf('host-pages'),
    host: () => edgeOn(QUEUE),
  }),
  completed('hostPages', 'host-pages-away', { input: pagesOf('host-pages-away'), host: () => away }),
  ends('FAILED')('hostPages', 'host-pages-failed', {
    input: pagesOf('host-pages-failed'),
    host: () => failing(bare, 'hostsToServe', forbidden('no')),
  }),
  cancelled('hostPages', 'host-pages-cancelled', {
    input: pagesOf('host-pages-cancelled'),
    host: () => edgeOn(QUEUE),
    cancelledIn: 'hostOrder',
  }),
  completed('join', 'join', { input: { host: CLAIMS } }),
  cancelled('join', 'join-cancelled', { input: { host: CLAIMS }, cancelledIn: 'askToJoin' }),
  ends('FAILED')('join', 'join-refused', {
    input: { host: CLAIMS },
    host: () => failing(bare, 'askToJoin', forbidden('no')),
  }),

  completed('provisionIdentity', 'provision-identity'),
  failed('provisionIdentity', 'provision-identity-failed', 'ensureIdentities'),
  cancelled('provisionIdentity', 'provision-identity-cancelled', { cancelledIn: 'ensureIdentities' }),

  completed('seedSecrets', 'seed-secrets'),
  completed('seedSecrets', 'seed-secrets-plan', { input: { dryRun: true } }),
  partial('seedSecrets', 'seed-secrets-partial'),
  cancelled('seedSecrets', 'seed-secrets-cancelled', { cancelledIn: 'applySeed' }),

  completed('prefetchNodes', 'prefetch-nodes'),
  partial('prefetchNodes', 'prefetch-nodes-partial'),
  cancelled('prefetchNodes', 'prefetch-nodes-cancelled', { cancelledIn: 'prefetchNodes' }),

  completed('rotate', 'rotate', { input: { rotate: ['client-secrets'], overlap: 1 } }),
  cancelled('rotate', 'rotate-cancelled', {
    input: { rotate: ['client-secrets'] },
    cancelledIn: 'switchRotation',
  }),
  ends('FAILED')('rotate', 'rotate-failed', {
    input: { rotate: ['client-secrets'] },
    host: () => failing(bare, 'prepareRotation', forbidden('no')),
  }),

  completed('watch', 'watch'),
  completed('watch', 'watch-healed', { input: { onDrift: 'heal' }, host: drifted }),
  ends('FAILED')('watch', 'watch-drifted', { input: { onDrift: 'fail' }, host: drifted }),
  cancelled('watch', 'watch-cancelled', { cancelledIn: 'lookAround' }),

  completed('heal', 'heal', { host: drifted }),
  failed('heal', 'heal-failed', 'lookAround'),
  cancelled('heal', 'heal-cancelled', { cancelledIn: 'lookAround' }),

  completed('backup', 'backup'),
  failed('backup', 'backup-failed', 'makeBackup'),
  cancelled('backup', 'backup-cancelled', { cancelledIn: 'makeBackup' }),

  completed('drill', 'drill'),
  failed('drill', 'drill-failed', 'drillSecrets'),
  cancelled('drill', 'drill-cancelled', { cancelledIn: 'drillDatabases' }),

  completed('restore', 'restore'),
  failed('restore', 'restore-failed', 'restoreDatabases'),
  cancelled('restore', 'restore-cancelled', { cancelledIn: 'restoreDatabases' }),

  completed('upgrade', 'upgrade', { host: () => renamed }),
  completed('upgrade', 'upgrade-in-place'),
  completed('upgrade', 'upgrade-plan', { input: { dryRun: true }, host: () => renamed }),
  ends('FAILED')('upgrade', 'upgrade-put-back', {
    host: () => failing(renamed, 'moveDatabases', forbidden('no')),
  }),
  ends('FAILED')('upgrade', 'upgrade-goes-on-back', {
    host: () => ({
      ...renamed,
      planUpgrade: () =>
        Promise.resolve({
          services: [{ name: 'infisical', from: 'infisical:1', to: 'infisical:2' }],
          problem: 'no',
        }),
    }),
  }),
  ends('FAILED')('upgrade', 'upgrade-unchanged', {
    host: () => ({
      ...failing(renamed, 'backUpForUpgrade', forbidden('no')),
      putDatabasesBack: () => Promise.resolve(false),
    }),
  }),
  cancelled('upgrade', 'upgrade-cancelled', { cancelledIn: 'moveDatabases', host: () => renamed }),

  completed('promote', 'promote', { input: { from: 'dev' } }),
  ends('FAILED')('promote', 'promote-failed', {
    input: { from: 'dev' },
    host: () => failing(bare, 'planSeed', forbidden('no')),
  }),
  cancelled('promote', 'promote-cancelled', { input: { from: 'dev' }, cancelledIn: 'applySeed' }),

  completed('prune', 'prune', {
    input: { approve: true },
    approves: PLAN.digest,
    host: () => unmanaged,
  }),
  completed('prune', 'prune-undone', { input: { undo: `1-${PLAN.digest}` } }),
  ends('FAILED')('prune', 'prune-not-approved', {
    input: { approve: true, approveWithin: 1 },
    host: () => unmanaged,
  }),
  cancelled('prune', 'prune-cancelled', { cancelledIn: 'planPrune' }),
];
