import { secretFolder } from '../../contracts/folders';
import type { IdentityFacts } from '../../contracts/run/summaries';
import { installationTag } from '../../environment/keys';
import { asStep, InfisicalHttp, type StepProgress } from '../http';
import { ensureAdmin } from '../identity/administrator';
import { leftOpen } from '../identity/closing';
import { assertEnvironment, readProject } from '../identity/project';
import { settingsText, type WantedIdentity } from '../identity/identity';
import { provisionIdentities } from '../identity/provision';
import {
  bindServer,
  isAdministratorKnown,
  readAdminCredentials,
  readIdentityState,
  type IdentityRole,
} from '../identity/state';
import type { Grant } from '../privilege';
import { unless } from '../problem';
import { generationName, readInstance } from '../server';
import { login } from '../session';
import { connect, keepTokenOf, type Store } from './access';
import {
  givenAdmin,
  givenIdentity,
  keptIdentity,
  operatorIdentity,
  type AccessPlace,
  type GivenIdentity,
} from './credentials';

/**
 * Proves the identity that the operator gave, now or in an earlier run, and that its project has the environment;
 * creates nothing. Undefined where identities are ours to make: none was given, the kept one is dead, or the
 * administrator is ours.
 */
export async function adoptGivenIdentity(
  place: Omit<AccessPlace, 'projectSlug' | 'adminEmail' | 'organization'>,
  address: string,
  progress: StepProgress = {},
): Promise<IdentityFacts | undefined> {
  const { stateDir, runtimeEnvFile, variables } = place;
  const http = await connect(place, address, progress);
  const given = await operatorIdentity(stateDir, variables, address);
  if (given !== undefined) return adopt(place, http, given);
  if (givenAdmin(variables) !== undefined) return undefined;
  if ((await readIdentityState(stateDir)) !== undefined) return undefined;
  // the env file holds our own reader then: adopting it would leave the lost seeder's secret alive
  if ((await readAdminCredentials(stateDir)) !== undefined) return undefined;
  const kept = await keptIdentity(runtimeEnvFile, address);
  if (kept === undefined) return undefined;
  return unless(adopt(place, http, kept), 'unauthorised', 'forbidden', 'notFound');
}

async function adopt(
  { environment, external, stateDir }: Pick<AccessPlace, 'environment' | 'external' | 'stateDir'>,
  http: InfisicalHttp,
  given: GivenIdentity,
): Promise<IdentityFacts> {
  // first the login: an identity of an earlier instance, in the env file of a new one, gives way to the set-up
  const project = await readProject(await login(http, given), given.projectId);
  await bindServer(stateDir, { address: http.address, ofStack: external === undefined });
  const { initialized, allowSignUp } = await readInstance(http);
  if (!initialized) throw leftOpen(http);
  assertEnvironment(project, environment);
  return factsOf(http, project.id, allowSignUp);
}

/** From any state to a project with a reading and a writing identity; what is stored is proven and left alone. */
export async function ensureIdentities(
  place: Omit<AccessPlace, 'runtimeEnvFile'>,
  address: string,
  progress: StepProgress = {},
): Promise<{ changes: string[]; facts: IdentityFacts }> {
  const http = new InfisicalHttp(address, { ...asStep(progress), ...place.trust });
  const { changes, project, signUpOpen, reach, logins } = await provisionIdentities({
    http,
    stateDir: place.stateDir,
    ofStack: place.external === undefined,
    email: place.adminEmail,
    organization: place.organization,
    given: givenAdmin(place.variables),
    project: { slug: place.projectSlug, environments: [place.environment] },
    identities: wantedIdentities(place),
    tag: await installationTag(place.stateDir),
    ...(progress.onProgress && { onProgress: progress.onProgress }),
  });
  for (const { identity, session } of logins) await keepTokenOf(place, session, identity);
  const facts = await factsOf(http, project.id, signUpOpen);
  return { changes, facts: { ...facts, ...(reach === 'project' && { seesProject: place.projectSlug }) } };
}

/** An identity that this host does not know, or made with other settings than are declared. */
interface PendingIdentity {
  role: IdentityRole;
  name: string;
  is: 'missing' | 'changed';
}

/** Whether an administrator is known here: what we made, or what was given. */
export const hasAdministrator = ({
  stateDir,
  variables,
}: Pick<AccessPlace, 'stateDir' | 'variables'>): Promise<boolean> =>
  isAdministratorKnown(stateDir, givenAdmin(variables));

/**
 * What the seeder may not do, such as deleting, is done as the administrator; undefined where none is known here, and the
 * given identity has to do it.
 */
export async function administratorStore(
  place: Omit<AccessPlace, 'runtimeEnvFile'>,
  address: string,
  { need, ...progress }: StepProgress & { need: string },
): Promise<Store | undefined> {
  const { stateDir, variables, environment } = place;
  const given = givenAdmin(variables);
  const [state, isKnown] = await Promise.all([readIdentityState(stateDir), hasAdministrator(place)]);
  if (state === undefined || !isKnown) return undefined;
  const { organizationId, projectId } = state;
  const http = await connect(place, address, progress);
  const { adminEmail: email, organization } = place;
  const { session } = await ensureAdmin({ http, stateDir, email, organization, given, organizationId, need });
  return { session, scope: { projectId, environment } };
}

/** Identities that are to be made or changed, as far as this host knows; none where one was given. */
export async function pendingIdentities(
  place: Parameters<typeof wantedIdentities>[0] & Pick<AccessPlace, 'stateDir' | 'variables'>,
): Promise<PendingIdentity[]> {
  if (givenIdentity(place.variables) !== undefined) return [];
  const known = (await readIdentityState(place.stateDir))?.identities ?? {};
  return wantedIdentities(place).flatMap(({ role, name, settings }): PendingIdentity[] => {
    const { clientSecret, settings: text } = known[role] ?? {};
    if (clientSecret === undefined) return [{ role, name, is: 'missing' }];
    return text === settingsText(settings) ? [] : [{ role, name, is: 'changed' }];
  });
}

/** What the identity of a host that joined is called. */
export const hostIdentityName = (environment: string, host: string) =>
  `onex-runtime/${environment}/host/${host}`;

/** The identities whose client secrets are kept here: those of the environment, and of hosts that joined. */
export async function heldIdentities(
  place: Parameters<typeof wantedIdentities>[0] & Pick<AccessPlace, 'stateDir'>,
) {
  const known = (await readIdentityState(place.stateDir))?.identities ?? {};
  const { environment, limits } = place;
  const hosts = Object.keys(known).flatMap((role) => /^host\/(.*)$/.exec(role)?.[1] ?? []);
  return [
    ...wantedIdentities(place),
    ...hosts.map((host) => {
      return { role: `host/${host}` as const, name: hostIdentityName(environment, host), settings: limits };
    }),
  ];
}

/** Each sees its environment only, none of them on a host that joined: its home makes it. That of a single service sees its own folders there, and those that services share. */
export function wantedIdentities({
  environment,
  machineClass,
  limits,
  serviceEnvFiles,
  joined,
}: Pick<AccessPlace, 'environment' | 'machineClass' | 'limits' | 'serviceEnvFiles'> & {
  joined?: object | undefined;
}): WantedIdentity[] {
  if (joined !== undefined) return [];
  const wanted = (role: IdentityRole, name: string, may: Grant['may'], folders: string[] = []) => ({
    role,
    name,
    settings: { ...limits, grant: { may, environment, folders } },
  });
  const shared = [
    '/shared',
    ...(machineClass === undefined ? [] : [secretFolder.machineClass(machineClass)]),
  ];
  return [
    wanted('runtime', `onex-runtime/${environment}`, 'read'),
    wanted('seeder', `onex-seeder/${environment}`, 'write'),
    ...Object.keys(serviceEnvFiles).map((service) => {
      const folders = [...shared, secretFolder.serviceRoot(service)];
      return wanted(`service/${service}`, `onex-runtime/${environment}/${service}`, 'read', folders);
    }),
  ];
}

const factsOf = async (
  http: InfisicalHttp,
  projectId: string,
  signUpOpen: boolean,
): Promise<IdentityFacts> => ({
  address: http.address,
  generation: await generationName(http),
  projectId,
  ...(signUpOpen && { signUpOpen }),
});

/** The client secret of an identity that was made here. */
export interface ClientSecretAge {
  role: string;
  name: string;
  /** When it was made and by when it is to be rotated, in milliseconds since the epoch; undefined where nobody noted it. */
  made: { at: number; due: number } | undefined;
}

/** How old the client secrets of an environment are, as far as this host knows them; none of an identity that was given. */
export async function clientSecretAges(
  place: Parameters<typeof wantedIdentities>[0] &
    Pick<AccessPlace, 'stateDir' | 'variables'> & { rotateWithin: number },
): Promise<ClientSecretAge[]> {
  if (givenIdentity(place.variables) !== undefined) return [];
  const known = (await readIdentityState(place.stateDir))?.identities ?? {};
  return (await heldIdentities(place)).flatMap(({ role, name }) => {
    const { clientSecret, issuedAt: at } = known[role] ?? {};
    if (clientSecret === undefined) return [];
    return [{ role, name, made: at === undefined ? undefined : { at, due: at + place.rotateWithin * 1000 } }];
  });
}
