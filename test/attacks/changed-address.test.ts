import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../contracts/core/secret';
import { resolveAccess } from '../../infisical/access/access';
import { moveInfisical } from '../../infisical/access/credentials';
import { adoptGivenIdentity, ensureIdentities } from '../../infisical/access/identities';
import {
  bindServer,
  saveBootstrapToken,
  saveIdentityState,
  writeAheadAdmin,
} from '../../infisical/identity/state';
import { answer, startStub } from '../infisical/stub-server';
import { OF_DEV } from '../infisical/instances';

const CANARY = 'canary-of-a-credential';
const variables = {
  INFISICAL_CLIENT_ID: 'client',
  INFISICAL_CLIENT_SECRET: CANARY,
  INFISICAL_PROJECT_ID: 'project',
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'onex-attack-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a changed address', () => {
  const OLD = 'https://secrets.example.com';
  const secret = new Secret(CANARY);
  const place = (external: string, given: Record<string, string> = {}) => ({
    ...OF_DEV,
    stateDir: join(folder, 'dev'),
    runtimeEnvFile: join(folder, 'dev', 'runtime.env'),
    external,
    variables: new Map(Object.entries(given).map(([name, value]) => [name, new Secret(value)])),
    projectSlug: 'onex-platform',
    adminEmail: 'admin@onex.local',
    organization: 'onex',
  });

  it.each(['identities', 'bootstrap token', 'administrator', 'given administrator', 'given identity'])(
    'gets nothing that was for the other: %s',
    async (kind) => {
      let requests = 0;
      await using stub = await startStub((_, response) => (requests++, answer(response, 200, {})));
      const stateDir = join(folder, 'dev');
      await bindServer(stateDir, { address: OLD, ofStack: false });
      const one = { identityId: 'i', clientId: 'c', clientSecret: secret };
      const identities = { seeder: one, runtime: one };
      if (kind === 'identities')
        await saveIdentityState(stateDir, { organizationId: 'o', projectId: 'p', identities });
      if (kind === 'bootstrap token')
        await saveBootstrapToken(stateDir, { organizationId: 'o', token: secret });
      if (kind === 'administrator')
        await writeAheadAdmin(stateDir, { email: 'admin@onex.local', organization: 'o' });
      const given = {
        'given administrator': { INFISICAL_ADMIN_EMAIL: 'a@b.c', INFISICAL_ADMIN_PASSWORD: CANARY },
        'given identity': variables,
      }[kind];
      const now = place(stub.address, given);
      const refusal = { type: 'Refused', message: expect.stringContaining(`for the Infisical at ${OLD}`) };
      await expect(adoptGivenIdentity(now, stub.address)).rejects.toMatchObject(refusal);
      await expect(ensureIdentities(now, stub.address)).rejects.toMatchObject(refusal);
      await expect(resolveAccess(now, 'runtime')).rejects.toMatchObject(refusal);
      expect(requests).toBe(0);
    },
  );

  it('gets them once the operator says that it is the same Infisical', async () => {
    const stateDir = join(folder, 'dev');
    await bindServer(stateDir, { address: OLD, ofStack: false });
    const now = place('https://new.example.com', variables);
    await expect(resolveAccess(now, 'runtime')).rejects.toThrow(
      'onex-bootstrap declare --infisical https://new.example.com --moved',
    );
    const moved = { ...now, infisicalAddress: () => Promise.resolve(now.external) };
    expect([await moveInfisical(moved), await moveInfisical(moved)]).toEqual([true, false]);
    expect((await resolveAccess(now, 'runtime'))?.address).toBe('https://new.example.com');
  });

  it('of the stack is no other server: its container is known', async () => {
    const stateDir = join(folder, 'dev');
    await bindServer(stateDir, { address: 'http://127.0.0.1:8881', ofStack: true });
    await bindServer(stateDir, { address: 'http://127.0.0.1:8882', ofStack: true });
    const elsewhere = place('http://127.0.0.1:8883', variables);
    await expect(resolveAccess(elsewhere, 'runtime')).rejects.toThrow('gets none of them');
  });

  it('does not get the identity of a shell that has read the env file of another environment', async () => {
    const foreign = { ...variables, INFISICAL_ADDR: OLD };
    const now = place('https://new.example.com', foreign);
    await expect(resolveAccess(now, 'runtime')).rejects.toThrow(/is of another Infisical .*INFISICAL_ADDR/);
    expect(await resolveAccess(place(`${OLD}/`, foreign), 'runtime')).toBeDefined();
  });
});
