import type { Secret } from '../../contracts/core/secret';
import { asStep, InfisicalHttp, type StepProgress } from '../http';
import { readProject } from '../identity/project';
import { unless } from '../problem';
import { listSecrets, writeSecrets } from '../secrets/secrets';
import { Session } from '../session';
import { openStore, resolveAccess, type AccessPlace } from './access';

type Place = Parameters<typeof openStore>[0] & Pick<AccessPlace, 'environment'>;

/** Writes the new value wherever Infisical holds the old one: nodes may read there what the stack made. */
export async function replaceCopies(
  place: Place,
  { old, next }: { old: Secret; next: Secret },
  progress: StepProgress,
): Promise<string[]> {
  const store = await openStore(place, 'seeder', asStep(progress));
  if (store === undefined) return [];
  const { session, scope } = store;
  const copies = (await listSecrets(session, scope)).filter(({ value }) => value.equals(old));
  await writeSecrets(
    session,
    scope,
    copies.map(({ folder, key }) => ({ action: 'UPDATE', folder, key, value: next })),
  );
  return copies.map(({ folder, key }) => `wrote a new ${folder}/${key}, which held a copy`);
}

/** A token of the runtime identity; undefined while there is none. */
export async function runtimeToken(place: Place, progress: StepProgress): Promise<Secret | undefined> {
  const store = await openStore(place, 'runtime', asStep(progress));
  return store?.session.during((token) => Promise.resolve(token));
}

/** Whether Infisical refuses a token that it gave out before. */
export async function refusesToken(place: Place, token: Secret, progress: StepProgress): Promise<boolean> {
  const access = await resolveAccess(place, 'runtime');
  if (access === undefined) return true;
  const http = new InfisicalHttp(access.address, { ...asStep(progress), ...access.trust });
  const read = readProject(new Session(http, token), access.projectId);
  return (await unless(read, 'tokenExpired', 'unauthorised', 'forbidden')) === undefined;
}
