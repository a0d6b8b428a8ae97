import { forbidden, planStale, refused } from '../contracts/core/failures';
import { someOf } from '../contracts/core/some-of';
import { buildPlan } from '../contracts/plan/build-plan';
import type { ObservedSecret } from '../contracts/plan/places';
import { planCounts, type PlanRow } from '../contracts/plan/plan-row';
import type { SeedTargets } from '../contracts/plan/seed-targets';
import { remainingWrites, type SecretWrite, planDigest } from '../contracts/plan/writes';
import type { RunRef } from '../contracts/run/run-ref';
import { listed, type Listed, type PlanSummary } from '../contracts/run/summaries';
import type { Environment } from '../environment/environment';
import type { Host } from '../environment/host';
import { currentProgress, currentRun } from '../environment/progress';
import { workStore } from '../infisical/access/access';
import { InfisicalHttp } from '../infisical/http';
import { attempt, isInfisicalError, look } from '../infisical/problem';
import { ensureFolders, listSecrets, writeSecrets } from '../infisical/secrets/secrets';
import { readTargets } from '../infisical/secrets/targets';
import { absenceOf } from '../infisical/server';

/** Secrets as they are declared, into Infisical. */
export const seedActivities = (host: Host) => ({
  /**
   * Compares what should be with one listing of the server. The rows stay in the host's plans and report. `beyond` are
   * writes that the plan of that name did not have.
   */
  async planSeed(run: RunRef, approved?: string): Promise<PlanSummary & { beyond?: Listed }> {
    const environment = await host.open(run);
    const { rows, digest, planId, told } = await planSecrets(environment, run, host);
    const beyond =
      approved === undefined || approved.endsWith(digest.slice(0, 16))
        ? undefined
        : beyondApproval(rows, await environment.reports.plan(approved));
    const missed = rows.filter(isMissed);
    return {
      planId,
      counts: planCounts(rows),
      writes: listed(rows.filter(isWrite).map(placeOf)),
      missing: {
        required: listed(missed.filter(({ required }) => required).map(withOwners)),
        optional: listed(missed.filter(({ required }) => !required).map(withOwners)),
      },
      warnings: listed(told),
      written: 0,
      ...(beyond !== undefined && { beyond: listed(beyond.map(placeOf)) }),
    };
  },

  /**
   * Performs exactly the plan, whichever attempt this is: what an earlier attempt wrote is recognised by its value, what
   * somebody else changed makes the plan stale. Ends with a listing that proves every write.
   */
  async applySeed(run: RunRef, planId: string): Promise<{ written: number }> {
    const environment = await host.open(run);
    const { onProgress } = currentProgress();
    const { targets } = await readTargets(environment, run, host);
    const rows = await environment.reports.plan(planId);
    if (!planId.endsWith(planDigest(rows, targets, await environment.key()).slice(0, 16)))
      throw planStale('The values or the contracts changed since the plan. Plan again.');
    return attempt('seeding', async () => {
      const store = await workStore(environment, 'seeder', currentProgress());
      if (store === undefined)
        throw refused(
          `There is no Infisical of ${environment.environment} to write to: run onex-bootstrap up -e ${environment.environment}`,
        );
      const { session, scope } = store;
      const left = remainingWrites(rows, targets, await listSecrets(session, scope));
      if (left.kind === 'stale') throw stale(left.rows);
      const earlier = left.done > 0 ? `, ${left.done} written by an earlier attempt` : '';
      onProgress(`${left.writes.length} to write${earlier}`);
      try {
        await ensureFolders(session, scope, new Set(left.writes.map(({ folder }) => folder)), {
          onProgress,
        });
        await writeSecrets(session, scope, left.writes, { onProgress });
      } catch (error) {
        throw isInfisicalError(error, 'forbidden') ? mayNotWrite(error, left.writes) : error;
      }
      if (left.writes.length > 0) verify(left.writes, await listSecrets(session, scope));
      return { written: left.writes.length + left.done };
    });
  },
});

/** An environment's secrets as they should be, beside the server; nothing is kept. */
export async function compareSecrets(environment: Environment, run: RunRef, host: Host) {
  const targets = await readTargets(environment, run, host);
  const ask = run.dryRun ? look : attempt;
  const observed = await ask('planning the seed', async () => {
    const store = await workStore(environment, 'seeder', currentProgress());
    return store === undefined ? undefined : listSecrets(store.session, store.scope);
  });
  const { rows: all, warnings } = compare(environment, run, targets, observed ?? []);
  // beside what is promoted nothing was looked at
  const rows = run.promotion === undefined ? all : all.filter(({ action }) => action !== 'UNMANAGED');
  return { rows, observed, targets, warnings };
}

/** The plan of an environment's secrets, kept on the host under its name and in the run's report. */
export async function planSecrets(environment: Environment, run: RunRef, host: Host) {
  const { rows, observed, targets, warnings } = await compareSecrets(environment, run, host);
  const digest = planDigest(rows, targets.targets, await environment.key());
  const planId = `${Date.now()}-${digest.slice(0, 16)}`;
  await environment.reports.keepPlan(planId, rows);
  const told = [
    ...(observed === undefined
      ? [`this plan is against an empty Infisical${await whyEmpty(environment)}`]
      : []),
    ...targets.notes,
    ...warnings,
    ...refusals(rows),
  ];
  await environment.reports.add(currentRun(), { plan: { planId, warnings: told } });
  return { rows, digest, planId, told };
}

/** Why nothing of an Infisical was listed; of one that somebody else runs also whether its address is right. */
async function whyEmpty({ environment, external, trust }: Environment): Promise<string> {
  if (external === undefined) return ': there is none yet';
  const { signal } = currentProgress();
  const absence = await absenceOf(new InfisicalHttp(external, { signal, ...trust }));
  return absence === undefined
    ? `: no identity of ${environment} is known at ${external} yet`
    : `, since none answers at ${external}: ${absence}`;
}

/** The places of secrets that are on the server, and nobody needs. */
export async function unmanagedPlaces(
  environment: Environment,
  run: RunRef,
  observed: readonly ObservedSecret[],
  host: Host,
): Promise<PlanRow[]> {
  const { rows } = compare(environment, run, await readTargets(environment, run, host), observed);
  return rows.filter(({ action }) => action === 'UNMANAGED');
}

const compare = (
  { declaration }: Environment,
  { overwrite }: RunRef,
  targets: SeedTargets,
  observed: readonly ObservedSecret[],
) =>
  buildPlan(targets, observed, {
    overwrite,
    allowKeys: declaration.allowKeys,
    refuseReferences: declaration.refuseReferences ?? false,
  });

/**
 * Writes that an approved plan did not have. The stack's own password, which is made with it, belongs to its approval; a
 * value that was replaced may have changed since.
 */
function beyondApproval(rows: readonly PlanRow[], approved: readonly PlanRow[]): PlanRow[] {
  const created = new Set(approved.filter(({ action }) => action === 'CREATE').map(placeOf));
  return rows
    .filter(isWrite)
    .filter((row) => row.action !== 'CREATE' || !(created.has(placeOf(row)) || row.owners.includes('stack')));
}

export const isWrite = ({ action }: PlanRow) => action === 'CREATE' || action === 'UPDATE';

// A required value that the server would alter is not there for its nodes either.
const isMissed = ({ action, required }: PlanRow) =>
  action === 'MISSING' || (action === 'REFUSED' && required);

/** A secret by its path; no key holds a slash. */
export const placeOf = ({ folder, key }: { folder: string; key: string }) => `${folder}/${key}`;

function withOwners(row: PlanRow): string {
  const [first, ...others] = row.owners;
  const more =
    others.length === 0 ? '' : others.length === 1 ? ` and ${others[0]}` : ` and ${others.length} more`;
  return `${placeOf(row)} needed by ${first ?? 'nobody'}${more}`;
}

function refusals(rows: readonly PlanRow[]): string[] {
  return rows
    .filter(({ action }) => action === 'REFUSED')
    .map((row) => `${placeOf(row)} is refused: ${row.reason ?? 'the server would alter it'}`);
}

function verify(writes: readonly SecretWrite[], observed: readonly ObservedSecret[]): void {
  const held = new Map(observed.map((secret) => [placeOf(secret), secret.value]));
  const wrong = writes.filter((write) => held.get(placeOf(write))?.equals(write.value) !== true);
  if (wrong.length === 0) return;
  throw refused(
    `${wrong.length} of ${writes.length} secrets read back differently from what was written: ${someOf(wrong.map(placeOf))}. Run plan to see each.`,
  );
}

function mayNotWrite(cause: Error, { length }: readonly SecretWrite[]) {
  return forbidden(
    `${cause.message}. The identity in use may not write in this project, and the plan has ${length} to write. ` +
      'Give an identity with the role member (INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET, INFISICAL_PROJECT_ID), or give no values.',
    { cause },
  );
}

function stale(rows: readonly PlanRow[]) {
  return planStale(
    `The server or the values changed since the plan: ${someOf(rows.map(placeOf))}. Plan again.`,
  );
}
