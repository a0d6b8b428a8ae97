import { forbidden, planStale, refused } from '../../contracts/core/failures';
import type { PlanRow } from '../../contracts/plan/plan-row';
import { remainingWrites, type SecretWrite } from '../../contracts/plan/writes';
import { accessOf } from '../../contracts/settings/access-of';
import type { Configuration } from '../../contracts/settings/configuration';
import type { Settings } from '../../contracts/settings/settings';
import { openStore } from '../../infisical/access/access';
import { isInfisicalError } from '../../infisical/problem';
import { ensureFolders } from '../../infisical/secrets/folders';
import { listSecrets, writeSecrets } from '../../infisical/secrets/secrets';
import { readSeedTargets } from './read-seed-targets';
import { readStoredPlan } from './stored-plan';

/**
 * Performs exactly the plan, whichever attempt this is: what an earlier attempt wrote is recognised by its value, what
 * somebody else changed makes the plan stale. Ends with a listing that proves every write.
 */
export async function applySeed(
  settings: Settings,
  planId: string,
  config: Configuration,
  { signal, report }: { signal: AbortSignal; report: (line: string) => void },
): Promise<{ written: number; requests: number }> {
  let requests = 0;
  const options = { signal, onRequest: () => void requests++ };
  const { targets } = await readSeedTargets(settings, config);
  const store = await openStore(accessOf(settings, config), 'seeder', options);
  if (store === undefined) throw refused('There is no Infisical to write to: run onex-bootstrap up.');
  const { session, scope } = store;
  const rows = await readStoredPlan(settings.stateDir, planId);
  const left = remainingWrites(rows, targets, await listSecrets(session, scope));
  if (left.kind === 'stale') throw stale(left.rows);
  report(
    `${left.writes.length} to write${left.done > 0 ? `, ${left.done} written by an earlier attempt` : ''}`,
  );
  try {
    await ensureFolders(session, scope, new Set(left.writes.map(({ folder }) => folder)), {
      onProgress: report,
    });
    await writeSecrets(session, scope, left.writes, { onProgress: report });
  } catch (error) {
    throw isInfisicalError(error, 'forbidden') ? mayNotWrite(error, left.writes) : error;
  }
  if (left.writes.length > 0) verify(left.writes, await listSecrets(session, scope));
  return { written: left.writes.length + left.done, requests };
}

function verify(writes: SecretWrite[], observed: Awaited<ReturnType<typeof listSecrets>>): void {
  const held = new Map(observed.map((secret) => [`${secret.folder}/${secret.key}`, secret.value]));
  const wrong = writes.filter(
    ({ folder, key, value }) => held.get(`${folder}/${key}`)?.equals(value) !== true,
  );
  if (wrong.length === 0) return;
  const names = wrong.slice(0, 5).map(({ folder, key }) => `${folder}/${key}`);
  throw refused(
    `Infisical took ${writes.length} secrets and gives ${wrong.length} of them back otherwise: ${names.join(', ')}. Run plan to see each.`,
  );
}

function mayNotWrite(cause: Error, { length }: SecretWrite[]) {
  return forbidden(
    `${cause.message}. The identity in use may not write in this project; secrets to write: ${length}. ` +
      'Give one with the role member (INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET, INFISICAL_PROJECT_ID), or no values.',
    { cause },
  );
}

function stale(rows: PlanRow[]) {
  const names = rows.slice(0, 5).map(({ folder, key }) => `${folder}/${key}`);
  const more = rows.length > names.length ? ` and ${rows.length - names.length} more` : '';
  return planStale(
    `The server or the values changed since the plan: ${names.join(', ')}${more}. Plan again.`,
  );
}
