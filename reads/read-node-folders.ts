import type { ObservedSecret } from '../contracts/plan/places';
import type { Configuration } from '../contracts/settings/configuration';
import type { Settings } from '../contracts/settings/settings';
import { resolveAccess, type Access } from '../infisical/access/resolve-access';
import { InfisicalError, isInfisicalError } from '../infisical/problem';
import { InfisicalHttp } from '../infisical/http';
import { login } from '../infisical/session';
import { listSecrets } from '../infisical/secrets/list-secrets';
import type { LastKnownGood } from './copies/last-known-good';
import { keptCopies } from './installation-settings';
import { openCopies } from './open-copies';

export interface ReadFolders {
  secrets: ObservedSecret[];
  source: 'infisical' | 'last-known-good';
  identity: string;
  /** Of the oldest copy among them, in seconds; undefined for what was read just now. */
  ageSeconds?: number;
}

/** What to read: `roots` are listed whole, `folders` below them are what nodes look into. */
export interface WantedFolders {
  roots: readonly string[];
  folders: readonly string[];
}

/**
 * Everything below `roots` by one listing each. During an outage the last known good copies of `folders`, where they
 * are kept. Undefined where there is no Infisical; failures are InfisicalError.
 */
export async function readNodeFolders(
  settings: Settings,
  config: Configuration,
  wanted: WantedFolders,
  onProblem: (message: string) => void,
): Promise<ReadFolders | undefined> {
  const access = await resolveAccess(settings, 'runtime', config.variables);
  if (access === undefined) return undefined;
  const copies = openCopies(keptCopies(settings.stateDir, config), access.clientSecret, onProblem);
  const at = placesOf(access, settings);
  try {
    const secrets = await list(access, settings, config, wanted.roots);
    for (const folder of wanted.folders) {
      const held = secrets.filter((secret) => secret.folder === folder);
      await copies?.remember(at(folder), held, { complete: true });
    }
    return { secrets, source: 'infisical', identity: access.clientId };
  } catch (error) {
    if (isInfisicalError(error, 'unavailable')) {
      const copy = await recall(copies, at, wanted.folders);
      if (copy !== undefined) return { ...copy, source: 'last-known-good', identity: access.clientId };
    }
    if (isInfisicalError(error, 'unauthorised', 'tokenExpired', 'lockedOut'))
      await copies?.forgetIdentity({ host: access.address, identity: access.clientId });
    if (isInfisicalError(error, 'forbidden'))
      for (const folder of wanted.folders) await copies?.forget(at(folder));
    throw error;
  }
}

async function list(
  access: Access,
  { environment }: Settings,
  { reads }: Configuration,
  roots: readonly string[],
): Promise<ObservedSecret[]> {
  const signal = AbortSignal.timeout(reads.timeout * 1_000);
  try {
    const session = await login(new InfisicalHttp(access.address, { signal }), access);
    const scope = { projectId: access.projectId, environment };
    const secrets: ObservedSecret[] = [];
    for (const path of roots) secrets.push(...(await listSecrets(session, { ...scope, path })));
    return secrets;
  } catch (error) {
    if (!signal.aborted || error instanceof InfisicalError) throw error;
    throw new InfisicalError(`${access.address} did not answer within ${reads.timeout} s`, {
      kind: 'unavailable',
      reason: 'deadline',
    });
  }
}

type PlaceOf = ReturnType<typeof placesOf>;

const placesOf =
  ({ address, projectId, clientId }: Access, { environment }: Settings) =>
  (path: string) => ({ host: address, projectId, environment, path, identity: clientId });

async function recall(copies: LastKnownGood | undefined, at: PlaceOf, folders: readonly string[]) {
  const secrets: ObservedSecret[] = [];
  const ages: number[] = [];
  let known = false;
  for (const folder of folders) {
    const copy = await copies?.recallAll(at(folder));
    known ||= copy !== undefined;
    for (const { key, value, version, ageSeconds } of copy?.secrets ?? []) {
      secrets.push({ folder, key, value, version });
      ages.push(ageSeconds);
    }
  }
  return known ? { secrets, ageSeconds: Math.max(0, ...ages) } : undefined;
}
