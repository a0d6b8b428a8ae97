import { z } from 'zod';
import { badInput, planStale, refused } from '../contracts/core/failures';
import { decrypt, encrypt } from '../contracts/core/aes-gcm';
import { Secret } from '../contracts/core/secret';
import { ObservedIndex, type ObservedSecret } from '../contracts/plan/places';
import type { PlanRow } from '../contracts/plan/plan-row';
import { referredKeys } from '../contracts/plan/refusal';
import { someOf } from '../contracts/core/some-of';
import { type SecretWrite, planDigest } from '../contracts/plan/writes';
import type { RunRef } from '../contracts/run/run-ref';
import { listed, type Listed, type PendingPlan } from '../contracts/run/summaries';
import type { Environment } from '../environment/environment';
import { readStateFile, writeStateFile } from '../environment/files/state-file';
import type { Host } from '../environment/host';
import { currentProgress } from '../environment/progress';
import { openStore, type Store } from '../infisical/access/access';
import { administratorStore } from '../infisical/access/identities';
import { asStep } from '../infisical/http';
import { attempt, look } from '../infisical/problem';
import { ensureFolders, listSecrets, removeSecrets, writeSecrets } from '../infisical/secrets/secrets';
import { placeOf, unmanagedPlaces } from './seed';

/** What prune would delete, and keys that stay because the value of another secret refers to them. */
export interface PrunePlan extends PendingPlan {
  planId: string;
  referred: Listed;
}

/** Keys on the server that nobody needs any more. */
export const pruneActivities = (host: Host) => ({
  /** The unmanaged keys, as `plan` shows them; the rows stay in the host's plans. */
  async planPrune(run: RunRef): Promise<PrunePlan> {
    const environment = await host.open(run);
    return inStore(
      environment,
      'looking for unmanaged keys',
      async (store) => {
        const { rows, referred } = await unmanaged(run, await store.list(), host);
        const digest = planDigest(rows, [], await environment.key()).slice(0, 16);
        const planId = `${Date.now()}-${digest}`;
        await environment.reports.keepPlan(planId, rows);
        const changes = listed(rows.map((row) => `delete ${placeOf(row)}`));
        return { planId, digest, changes, referred: listed(referred.map(placeOf)) };
      },
      { ask: run.dryRun ? look : attempt },
    );
  },

  /**
   * Deletes exactly the keys of the plan. Their values are on disk, sealed, before the first is gone; what changed since
   * the plan, or is needed by now, makes it stale.
   */
  async applyPrune(run: RunRef, planId: string): Promise<{ removed: number }> {
    const environment = await host.open(run);
    const rows = await environment.reports.plan(planId);
    return inStore(
      environment,
      'pruning',
      async ({ session, scope, list }) => {
        const observed = await list();
        const there = places(observed);
        const left = rows.filter((row) => there.has(placeOf(row)));
        const kept = places((await readPruned(environment, planId)) ?? []);
        const now = new Map(
          (await unmanaged(run, observed, host)).rows.map((row) => [placeOf(row), row.version]),
        );
        const isStale = (row: PlanRow) =>
          there.has(placeOf(row)) ? now.get(placeOf(row)) !== row.version : !kept.has(placeOf(row));
        const stale = rows.filter(isStale);
        if (stale.length > 0) throw planStale(`Changed since the plan, or needed by now: ${some(stale)}.`);
        if (kept.size === 0) {
          const leaving = places(left);
          await keepPruned(
            environment,
            planId,
            observed.filter((secret) => leaving.has(placeOf(secret))),
          );
        }
        await removeSecrets(session, scope, left, currentProgress());
        const after = places(await list());
        const still = rows.filter((row) => after.has(placeOf(row)));
        if (still.length > 0) throw refused(`Still there after it was deleted: ${some(still)}. Prune again.`);
        return { removed: rows.length };
      },
      { deletes: true },
    );
  },

  /** Writes back what a prune deleted; a key that has another value by now keeps it. */
  async restorePruned(
    run: RunRef,
    planId: string,
  ): Promise<{ written: number; back: Listed; taken: Listed }> {
    const environment = await host.open(run);
    const kept = await readPruned(environment, planId);
    if (kept === undefined)
      throw badInput(`No prune of that name is kept in ${environment.stateDir}/${FOLDER}.`);
    return inStore(environment, 'restoring', async ({ session, scope, list }) => {
      const there = places(await list());
      const absent = kept.filter((secret) => !there.has(placeOf(secret)));
      const writes = absent.map((secret): SecretWrite => ({ action: 'CREATE', ...secret }));
      await ensureFolders(session, scope, new Set(writes.map(({ folder }) => folder)), currentProgress());
      await writeSecrets(session, scope, writes, currentProgress());
      const after = new ObservedIndex(await list());
      const isBack = ({ folder, key, value }: Kept) =>
        after.at(folder, key).some((secret) => secret.value.equals(value));
      const lost = absent.filter((secret) => !isBack(secret));
      if (lost.length > 0) throw refused(`Read back differently from what was written: ${some(lost)}.`);
      return {
        written: writes.length,
        back: listed(writes.map((write) => `write back ${placeOf(write)}`)),
        taken: listed(kept.filter((secret) => !isBack(secret)).map(placeOf)),
      };
    });
  },
});

interface Place {
  folder: string;
  key: string;
}
type Kept = Place & { value: Secret };

const places = (secrets: readonly Place[]) => new Set(secrets.map(placeOf));
const some = (secrets: readonly Place[]) => someOf(places(secrets));

/** Work at the environment's Infisical, as the identity that writes or as somebody who may delete. */
async function inStore<T>(
  environment: Environment,
  what: string,
  work: (store: Store & { list: () => Promise<ObservedSecret[]> }) => Promise<T>,
  { deletes = false, ask = attempt } = {},
): Promise<T> {
  return ask(what, async () => {
    const { environment: name } = environment;
    const address = await environment.infisicalAddress();
    const need = { ...currentProgress(), need: 'keys are to be deleted, which the seeder may not' };
    const administrator = deletes ? await administratorStore(environment, address, need) : undefined;
    const store = administrator ?? (await openStore(environment, 'seeder', asStep(currentProgress())));
    if (store === undefined)
      throw refused(`There is no Infisical of ${name}: run onex-bootstrap up -e ${name}`);
    return work({ ...store, list: () => listSecrets(store.session, store.scope) });
  });
}

/** Nothing is unmanaged because something could not be read: nobody knows what an unread contract needs. */
async function unmanaged(run: RunRef, observed: readonly ObservedSecret[], host: Host) {
  const environment = await host.open(run);
  const { problems } = await environment.declared(run.service);
  if (problems.length > 0)
    throw refused(
      `The contracts, registry or overlay have ${problems.length} problems, so that nobody knows what they need: mend them first. To see them: onex-bootstrap plan -e ${environment.environment}`,
    );
  const found = await unmanagedPlaces(environment, run, observed, host);
  const leaving = places(found);
  const staying = observed.filter((secret) => !leaving.has(placeOf(secret)));
  const referred = new Set(staying.flatMap(({ value }) => referredKeys(value)));
  return {
    rows: found.filter(({ key }) => !referred.has(key)),
    referred: found.filter(({ key }) => referred.has(key)),
  };
}

const FOLDER = 'pruned';
const PLAN = /^\d+-[0-9a-f]{16}$/;
const sealedSchema = z.object({ sealed: z.string() });
const keptSchema = z.array(
  z.object({
    folder: z.string(),
    key: z.string(),
    value: z.string().transform((value) => new Secret(value)),
  }),
);

async function keepPruned(environment: Environment, planId: string, secrets: readonly ObservedSecret[]) {
  const rows = secrets.map(({ folder, key, value }) => ({ folder, key, value: value.reveal() }));
  const sealed = encrypt(await keyOf(environment), JSON.stringify(rows), contextOf(environment, planId));
  await writeStateFile(environment.stateDir, `${FOLDER}/${planId}.json`, { sealed });
}

async function readPruned(environment: Environment, planId: string): Promise<Kept[] | undefined> {
  if (!PLAN.test(planId)) throw badInput('A prune is named by its plan, as it is shown when it ends.');
  const { stateDir } = environment;
  const file = await readStateFile(stateDir, `${FOLDER}/${planId}.json`, sealedSchema);
  if (file === undefined) return undefined;
  try {
    const text = decrypt(await keyOf(environment), file.sealed, contextOf(environment, planId));
    return keptSchema.parse(JSON.parse(text));
  } catch {
    throw refused(`${stateDir}/${FOLDER}/${planId}.json does not open with the key of this environment.`);
  }
}

const keyOf = async (environment: Environment) => Buffer.from((await environment.key()).reveal(), 'hex');

const contextOf = ({ environment }: Environment, planId: string) => `pruned from ${environment}: ${planId}`;
