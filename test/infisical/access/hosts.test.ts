import { endHostIdentity, ensureHostIdentity } from '../../../infisical/access/hosts';
import { provisionIdentities } from '../../../infisical/identity/provision';
import { present } from '../../../contracts/core/record';
import { parseContract } from '../../../contracts/node-contract/contract';
import { mergeNodes } from '../../../contracts/requirements';
import { answers } from '../../support/faults';
import { OF_DEV, startInstances, type Instance } from '../instances';

let instances: Awaited<ReturnType<typeof startInstances>>;
let instance: Instance;
let home: ReturnType<typeof homeOf>;

beforeAll(async () => {
  instances = await startInstances();
  instance = await instances.fresh();
  await provisionIdentities(instance.wanted());
  home = homeOf(instance);
}, 60_000);
afterAll(() => instances.stop());
beforeEach(() => instance.proxy.forgetRequests());

const contract = parseContract(
  'contract.yaml',
  'node_name: n\nservice: billing\ndependencies:\n  - { name: d, type: environment, env_var: N_KEY }\n',
);
const { nodes } = mergeNodes([contract]);
const homeOf = (instance: Instance) => ({
  ...OF_DEV,
  stateDir: instance.stateDir,
  runtimeEnvFile: `${instance.stateDir}/runtime.env`,
  projectSlug: 'onex-platform',
  adminEmail: 'admin@onex.local',
  organization: 'onex',
  external: instance.proxy.address,
  variables: new Map(),
  infisicalAddress: () => Promise.resolve(instance.proxy.address),
});
const make = (name: string, machineClass?: string) =>
  ensureHostIdentity(
    home,
    { name, installation: `${name}-000000`, recipient: `age1${name}`, ...present({ machineClass }) },
    { nodes, unread: 0, holds: undefined, isDead: false },
    {},
  );
const logins = () => instance.proxy.requests['POST /api/v3/auth/select-organization'] ?? 0;

test('several hosts get their identities of one login of the administrator', async () => {
  for (const name of ['one', 'two', 'three'])
    expect((await make(name)).changes).toContain(`created identity onex-runtime/dev/host/${name}`);
  expect(await endHostIdentity(home, 'three', {})).toEqual(['deleted the identity of three']);
  expect(logins()).toBe(1);
});

test('an administrator whose token the server takes no more logs in again', async () => {
  instance.proxy.once(answers.unauthorised, 'POST', /identities\/search/);
  expect((await make('four')).changes).toContain('created identity onex-runtime/dev/host/four');
  expect(logins()).toBe(1);
});

test('a host is told of other rights once the server no longer refuses what it refused before', async () => {
  await make('five');
  instance.proxy.inject(answers.forbidden, { method: 'GET', path: /\/v4\/secrets$/, times: 2 });
  const { changes } = await make('five', 'edge');
  expect(changes).toEqual([expect.stringContaining('read /machine-class/edge and ')]);
  expect(instance.proxy.requests['GET /api/v4/secrets']).toBeGreaterThan(3);
});

test('an identity whose making was cut off is ended with its host', async () => {
  instance.proxy.once({ kind: 'reset after commit' }, 'POST', /\/api\/v1\/identities$/);
  await expect(make('six')).rejects.toThrow();
  const named = () => instance.query("select id from identities where name = 'onex-runtime/dev/host/six'");
  expect(await named()).toHaveLength(1);
  expect(await endHostIdentity(home, 'six', {})).toEqual(['deleted the identity of six']);
  expect(await named()).toEqual([]);
  expect(await endHostIdentity(home, 'six', {})).toEqual([]);
});
