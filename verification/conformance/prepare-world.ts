import { randomBytes } from 'node:crypto';
import { Api } from './api';
import { expectOk, field, Mismatch, read, text } from './expect';
import { bootstrap, isInitialized, logIn } from './log-in';
import * as routes from './routes';
import type { Generation, World } from './world';

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

/** Tells the generations apart without a token: a route that exists asks for one, a route that does not is a 404. */
async function detectGeneration(api: Api): Promise<Generation> {
  const answer = await api.get('/api/v4/secrets');
  if (answer.status === 401) return 'current';
  const message = read(answer.body, 'message');
  if (answer.status === 404 && typeof message === 'string' && message.startsWith('Route ')) return '2024';
  throw new Mismatch(
    `${answer.request}: ${answer.status} is neither of the two known generations; is this Infisical?`,
  );
}

async function asMachine(base: Base, machine: NonNullable<Access['machine']>): Promise<World> {
  const { projectId, ...body } = machine;
  const token = await text(base.api.post('/api/v1/auth/universal-auth/login', { body }), 'accessToken');
  const project = await field(base.api.get(routes.projectById(projectId), { token }), 'workspace');
  return { ...base, token, administrator: undefined, ...projectFields(project) };
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
  const body = { projectName: `Conformance ${run}`, slug: `conformance-${run}` };
  const created = api.post(routes.projects(base), { token, body });
  const fields = projectFields(await field(created, 'project'));
  const world = { ...base, token, administrator, ...fields };
  world.cleanUp.push(() => api.delete(routes.projectById(fields.projectId), { token: world.token }));
  return world;
}

async function makeRoot(world: World): Promise<void> {
  await expectOk(routes.makeFolder(world, '/', world.root.slice(1)));
  if (world.administrator === undefined)
    world.cleanUp.push(() => routes.deleteFolder(world, world.root.slice(1)));
}

function projectFields(project: unknown): Pick<World, 'projectId' | 'projectSlug' | 'environment'> {
  const parts = ['id', 'slug', 'environments.0.slug'].map((path) => read(project, path));
  const [id, slug, environment] = parts;
  if (typeof id !== 'string' || typeof slug !== 'string' || typeof environment !== 'string') {
    throw new Mismatch('the project has no id, no slug or no environment');
  }
  return { projectId: id, projectSlug: slug, environment };
}
