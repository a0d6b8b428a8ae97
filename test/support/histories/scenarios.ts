import type { HostActivities } from '../../../activities/host-activities';
import { forbidden, planStale } from '../../../contracts/core/failures';
import type { BootstrapInput } from '../../../contracts/settings/bootstrap-input';
import type { Settings } from '../../../contracts/settings/settings';
import { adopted, bare, lacking, outage, overtaken } from './hosts';

/** One way of a workflow to its end. */
export interface Scenario {
  /** Name of its history, and of its environment. */
  name: string;
  type: 'bootstrap' | 'provisionIdentity' | 'seedSecrets' | 'prefetchNodes';
  ends: 'COMPLETED' | 'FAILED' | 'CANCELLED';
  input?: BootstrapInput;
  settings?: Partial<Settings>;
  host?: Partial<HostActivities>;
  /** The step during which it is cancelled. */
  cancelledIn?: string;
  /** That step fails on its way out. */
  failsThen?: true;
  /** It is started under an id that is not the lock of its environment: while that is free, or is held. */
  byHand?: 'free' | 'held';
}

/** A step of every phase, with the activity that does it. */
export const STEP_OF_PHASE = {
  preflight: 'checkState',
  infrastructure: 'ensureService postgres',
  identity: 'ensureIdentities',
  seed: 'applySeed',
  prefetch: 'prefetchNodes',
  runtime: 'startRuntime greeter',
} as const;

const phases = Object.entries(STEP_OF_PHASE);
const refusal = () => Promise.reject(forbidden('no'));
const failing = (step: string): Partial<HostActivities> => ({ ...bare, [step.split(' ')[0] ?? '']: refusal });
const external = (name: string): Partial<Settings> => ({
  infrastructure: { kind: 'external', address: `http://${name}` },
});

const completed = (
  type: Scenario['type'],
  name: string,
  more: Omit<Partial<Scenario>, 'name' | 'type'> = {},
): Scenario => ({ name, type, ends: 'COMPLETED', ...more });
const failed = (type: Scenario['type'], name: string, step: string): Scenario =>
  completed(type, name, { ends: 'FAILED', host: failing(step) });
const cancelled = (type: Scenario['type'], name: string, step: string): Scenario =>
  completed(type, name, { ends: 'CANCELLED', host: bare, cancelledIn: step });

/** Every workflow and every kind of end; names are those of the recorded histories. */
export const scenarios: readonly Scenario[] = [
  completed('bootstrap', 'bootstrap-first', { host: bare }),
  completed('bootstrap', 'bootstrap-unchanged'),
  completed('bootstrap', 'bootstrap-retried', { host: outage(bare) }),
  completed('bootstrap', 'bootstrap-partial', { host: { ...bare, ...lacking } }),
  completed('bootstrap', 'bootstrap-dry-run', { input: { dryRun: true }, host: bare }),
  completed('bootstrap', 'bootstrap-external', { settings: external('bootstrap-external'), host: bare }),
  completed('bootstrap', 'bootstrap-adopted', { host: { ...bare, ...adopted } }),
  completed('bootstrap', 'bootstrap-replanned', { host: { ...bare, ...overtaken(planStale('changed')) } }),
  completed('bootstrap', 'bootstrap-by-hand', { host: bare, byHand: 'free' }),
  completed('bootstrap', 'bootstrap-by-hand-refused', { ends: 'FAILED', byHand: 'held' }),
  { ...cancelled('bootstrap', 'bootstrap-by-hand-cancelled', 'ensureNetwork'), byHand: 'free' },
  ...phases.map(([phase, step]) => failed('bootstrap', `bootstrap-failed-${phase}`, step)),
  ...phases.map(([phase, step]) => cancelled('bootstrap', `bootstrap-cancelled-${phase}`, step)),
  cancelled('bootstrap', 'bootstrap-cancelled-settings', 'resolveSettings'),
  { ...cancelled('bootstrap', 'bootstrap-cancelled-then-failing', 'ensureIdentities'), failsThen: true },
  {
    ...cancelled('bootstrap', 'bootstrap-cancelled-then-failing-settings', 'resolveSettings'),
    failsThen: true,
  },

  completed('provisionIdentity', 'provision-identity', { host: bare }),
  completed('provisionIdentity', 'provision-identity-unchanged'),
  completed('provisionIdentity', 'provision-identity-retried', { host: outage(bare) }),
  failed('provisionIdentity', 'provision-identity-failed', 'ensureIdentities'),
  cancelled('provisionIdentity', 'provision-identity-cancelled', 'ensureIdentities'),
  completed('provisionIdentity', 'provision-identity-by-hand', { byHand: 'free' }),

  completed('seedSecrets', 'seed-plan', { input: { dryRun: true }, host: bare }),
  completed('seedSecrets', 'seed-secrets', { host: bare }),
  completed('seedSecrets', 'seed-secrets-unchanged'),
  completed('seedSecrets', 'seed-secrets-retried', { host: outage(bare) }),
  completed('seedSecrets', 'seed-secrets-replanned', { host: overtaken(planStale('changed')) }),
  failed('seedSecrets', 'seed-secrets-failed', 'applySeed'),
  cancelled('seedSecrets', 'seed-secrets-cancelled', 'applySeed'),
  completed('seedSecrets', 'seed-secrets-by-hand', { byHand: 'free' }),

  completed('prefetchNodes', 'prefetch-nodes', { host: bare }),
  completed('prefetchNodes', 'prefetch-nodes-unchanged'),
  completed('prefetchNodes', 'prefetch-nodes-partial', { host: lacking }),
  completed('prefetchNodes', 'prefetch-nodes-retried', { host: outage(bare) }),
  failed('prefetchNodes', 'prefetch-nodes-failed', 'prefetchNodes'),
  cancelled('prefetchNodes', 'prefetch-nodes-cancelled', 'prefetchNodes'),
  completed('prefetchNodes', 'prefetch-nodes-by-hand', { byHand: 'free' }),
];
