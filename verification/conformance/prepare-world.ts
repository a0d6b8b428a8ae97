import { randomBytes } from 'node:crypto';
import { Api } from './api';
import { detectGeneration } from './detect-generation';
import { expectOk, Mismatch, read, text } from './expect';
import { bootstrap, isInitialized, logIn } from './log-in';
import * as routes from './routes';
import type { World } from './world';

/** What the command line gives: the address and either an account, a machine identity with its project, or nothing. */
export interface Access {
  address: string;
  account?: { email: string; password: string };
  machine?: { clientId: string; clientSecret: string; projectId: string };
}

/** Finds out what the server is, gets in, and makes the place that the cases work in. `say` tells the operator. */
export async function prepareWorld(access: Access, say: (line: string) => void): Promise<World> {
  const api = new Api(access.address);
  const generation = await detectGeneration(api);
  say(`${access.address}: Infisical of the ${generation} generation`);
  const run = randomBytes(4).toString('hex');
  const base = { api, generation, run, root: `/conformance-${run}`, cleanUp: [] };
  const world = access.machine
    ? await asMachine(base, access.machine)
    : await asAdministrator(base, access.account, say);
  await makeRoot(world);
  return world;
}

type Base = Pick<World, 'api' | 'generation' | 'run' | 'root' | 'cleanUp'>;

async function asMachine(base: Base, machine: NonNullable<Access['machine']>): Promise<World> {
  const { clientId, clientSecret, projectId } = machine;
  const login = await base.api.post('/api/v1/auth/universal-auth/login', {
    body: { clientId, clientSecret },
  });
  const token = text(login, 'accessToken');
  const project = await base.api.get(routes.projectById(projectId), { token });
  const inside = read(expectOk(project).body, 'workspace');
  return { ...base, token, administrator: undefined, ...projectFields(inside) };
}

async function asAdministrator(
  base: Base,
  given: Access['account'],
  say: (line: string) => void,
): Promise<World> {
  const { api, generation, run } = base;
  let account = given;
  if (!(await isInitialized(api))) {
    account ??= { email: `conformance-${run}@example.com`, password: randomBytes(24).toString('base64url') };
    await bootstrap(api, generation, account);
    const whose = given ? 'the given account' : 'a generated account whose password is kept nowhere';
    say(`not initialised: bootstrapped with ${whose}`);
  }
  if (account === undefined) {
    throw new Mismatch(
      'the instance is initialised: give --email and --password, or --client-id, --client-secret and --project-id',
    );
  }
  const administrator = await logIn(api, generation, account);
  const { token } = administrator;
  const slug = `conformance-${run}`;
  const created = await api.post(routes.projects(generation), {
    token,
    body: { projectName: `Conformance ${run}`, slug },
  });
  const fields = projectFields(read(expectOk(created).body, 'project'));
  const world = { ...base, token, administrator, ...fields };
  world.cleanUp.push(() => api.delete(routes.projectById(fields.projectId), { token }));
  return world;
}

async function makeRoot(world: World): Promise<void> {
  await routes.makeFolder(world, '/', world.root.slice(1)).then(expectOk);
  if (world.administrator === undefined)
    world.cleanUp.push(() => routes.deleteFolder(world, world.root.slice(1)));
}

function projectFields(project: unknown): Pick<World, 'projectId' | 'projectSlug' | 'environment'> {
  const [id, slug, environments] = [
    read(project, 'id'),
    read(project, 'slug'),
    read(project, 'environments'),
  ];
  const environment = Array.isArray(environments) ? read(environments[0], 'slug') : undefined;
  if (typeof id !== 'string' || typeof slug !== 'string' || typeof environment !== 'string') {
    throw new Mismatch('the project has no id, no slug or no environment');
  }
  return { projectId: id, projectSlug: slug, environment };
}
