import { buildPlan } from '../../contracts/plan/build-plan';
import { type PlanAction, planCounts, type PlanRow } from '../../contracts/plan/plan-row';
import { planDigest } from '../../contracts/plan/plan-digest';
import { accessOf } from '../../contracts/settings/access-of';
import type { Configuration } from '../../contracts/settings/configuration';
import type { SeedReport } from '../../contracts/report/seed-report';
import type { Settings } from '../../contracts/settings/settings';
import { installationKey } from '../../environment/keys';
import { openStore } from '../../infisical/access/access';
import { listSecrets } from '../../infisical/secrets/secrets';
import { readSeedTargets } from './read-seed-targets';
import { storePlan } from './stored-plan';

/** Compares what should be with one listing of the server, and keeps the plan for the step that applies it. */
export async function planSeed(
  settings: Settings,
  config: Configuration,
  signal: AbortSignal,
): Promise<SeedReport> {
  const targets = await readSeedTargets(settings, config);
  const store = await openStore(accessOf(settings, config), 'seeder', { signal });
  const observed = store === undefined ? [] : await listSecrets(store.session, store.scope);
  const { rows, warnings } = buildPlan(targets, observed, { overwrite: settings.overwrite });
  const key = await installationKey(settings.stateDir);
  const digest = planDigest(rows, targets.targets, key);
  const planId = `${Date.now()}-${digest.slice(0, 16)}`;
  await storePlan(settings.stateDir, planId, rows);
  const unread = store === undefined ? ['there is no Infisical yet: this plan is against an empty one'] : [];
  return {
    planId,
    counts: planCounts(rows),
    rows: groupRows(rows),
    missing: rows
      .filter(isMissed)
      .map(({ folder, key: name, owners, required }) => ({ folder, key: name, owners, required })),
    warnings: [...unread, ...targets.notes, ...warnings, ...refusals(rows)],
    written: 0,
  };
}

// A required value that the server would alter is not there for its nodes either.
const isMissed = ({ action, required }: PlanRow) =>
  action === 'MISSING' || (action === 'REFUSED' && required);

function refusals(rows: PlanRow[]): string[] {
  return rows
    .filter(({ action }) => action === 'REFUSED')
    .map(
      ({ folder, key, reason }) => `${folder}/${key} is refused: ${reason ?? 'the server would alter it'}`,
    );
}

function groupRows(rows: readonly PlanRow[]): SeedReport['rows'] {
  const grouped: Partial<Record<PlanAction, Record<string, string[]>>> = {};
  for (const { action, folder, key } of rows) ((grouped[action] ??= {})[folder] ??= []).push(key);
  return grouped;
}
