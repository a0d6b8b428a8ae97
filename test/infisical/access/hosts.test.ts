import { endHostIdentity, ensureHostIdentity } from '../../../infisical/access/hosts';
import { provisionIdentities } from '../../../infisical/identity/provision';
import { readIdentityState, saveIdentityState } from '../../../infisical/identity/state';
import { mapValues, present } from '../../../contracts/core/record';
import { parseContract } from '../../../contracts/node-contract/contract';
import { mergeNodes } from '../../../contracts/requirements';
import { answers } from '../../support/faults';
import { OF_DEV, startInstances, type Instance } from '../instances';

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

describe.each(['current', '2024'] as const)('identities of hosts, %s generation', (generation) => {
  let instances: Awaited<ReturnType<typeof startInstances>>;
  let instance: Instance;
  let home: ReturnType<typeof homeOf>;

  beforeAll(async () => {
    instances = await startInstances();
    instance = await instances.fresh({ generation });
    await provisionIdentities(instance.wanted());
    home = homeOf(instance);
  }, 60_000);
  afterAll(() => instances.stop());
  beforeEach(() => instance.proxy.forgetRequests());

  const make = (name: string, machineClass?: string, at = home) =>
    ensureHostIdentity(
      at,
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
    instance.proxy.inject(answers.unauthorised, {
      path: /identities\/search|identity-memberships\?/,
      times: 1,
    });
    expect((await make('four')).changes).toContain('created identity onex-runtime/dev/host/four');
    expect(logins()).toBe(1);
  });

  test('a host is told of other rights once the server no longer refuses what it refused before', async () => {
    await make('five');
    const lists = /\/(v4\/secrets|v3\/secrets\/raw)\?/;
    instance.proxy.inject(answers.forbidden, { method: 'GET', path: lists, times: 2 });
    const { changes } = await make('five', 'edge');
    expect(changes).toEqual([expect.stringContaining('read /machine-class/edge and ')]);
    expect(instance.proxy.faultsMet).toHaveLength(2);
    expect(instance.proxy.pending).toBe(0);
  });

  test('an identity whose making was cut off is ended with its host, and nobody else’s of its name', async () => {
    instance.proxy.once({ kind: 'reset after commit' }, 'POST', /\/api\/v1\/identities$/);
    await expect(make('six')).rejects.toThrow();
    const named = () => instance.query("select id from identities where name = 'onex-runtime/dev/host/six'");
    const [ours] = await named();
    await instance.query(`
      insert into identities ("orgId", name, role, metadata)
      select "orgId", name, role, '[]' from identities where name = 'onex-runtime/dev/host/six'`);
    expect(await named()).toHaveLength(2);
    expect(await endHostIdentity(home, 'six', {})).toEqual(['deleted the identity of six']);
    expect(await named()).toHaveLength(1);
    expect(await named()).not.toContainEqual(ours);
    expect(await endHostIdentity(home, 'six', {})).toEqual([]);
  });

  test('a host of another installation keeps its identity when ours of the same name ends', async () => {
    const other = await instance.another();
    await provisionIdentities(other.wanted());
    const theirs = homeOf(other);
    const created = 'created identity onex-runtime/dev/host/eight';
    expect((await make('eight', undefined, theirs)).changes).toContain(created);
    const named = () =>
      instance.query<{ id: string }>("select id from identities where name = 'onex-runtime/dev/host/eight'");
    const [kept] = await named();
    expect((await make('eight')).changes).toContain(created);
    expect((await make('eight', undefined, theirs)).changes).toEqual([]);
    expect(await endHostIdentity(home, 'eight', {})).toEqual(['deleted the identity of eight']);
    expect(await named()).toEqual([kept]);
    expect(await endHostIdentity(theirs, 'eight', {})).toEqual(['deleted the identity of eight']);
    expect(await named()).toEqual([]);
  });

  test('a host that sees the whole project sees less as soon as the server can give less', async () => {
    instance.proxy.inject(answers.routeMissing, { path: /additional-privilege/ });
    expect((await make('seven')).changes).toContain(
      'let onex-runtime/dev/host/seven read every environment of the project',
    );
    expect((await make('seven')).changes).toEqual([]);
    await instance.proxy.clear();
    // as a release that did not ask this server has left it
    const { identities, ...state } = (await readIdentityState(home.stateDir))!;
    const before = mapValues(identities, ({ givenBy: _, ...rest }) => rest);
    await saveIdentityState(home.stateDir, { ...state, identities: before });
    expect((await make('seven')).changes).toEqual([
      'let onex-runtime/dev/host/seven read /services/billing and /shared of dev',
    ]);
    expect((await make('seven')).changes).toEqual([]);
  });
});
