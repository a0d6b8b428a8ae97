import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { provisionIdentities } from '../../../infisical/identity/provision';
import { answers } from '../../support/faults';
import { startInstances, type Instance } from '../instances';

jest.setTimeout(120_000);

describe('bootstrap tokens whose answer was lost', () => {
  let instances: Awaited<ReturnType<typeof startInstances>>;
  beforeAll(async () => (instances = await startInstances()));
  afterAll(() => instances.stop());
  const LOST = 'revoked a bootstrap token whose answer had been lost';

  /** An instance whose set-up was answered to nobody. */
  async function lostToken() {
    const instance = await instances.fresh();
    instance.proxy.once({ kind: 'reset after commit' }, 'POST', /admin\/bootstrap$/);
    await expect(provisionIdentities(instance.wanted())).rejects.toMatchObject({ kind: 'unavailable' });
    return instance;
  }
  const again = async (instance: Instance) => {
    await rm(join(instance.stateDir, 'identity.json'));
    return (await provisionIdentities(instance.wanted())).changes;
  };

  it('are reported once, also where the list never says that they are revoked', async () => {
    const instance = await lostToken();
    expect((await provisionIdentities(instance.wanted())).changes).toContain(LOST);
    await instance.query('UPDATE access_tokens SET "isAccessTokenRevoked" = false');
    expect(await again(instance)).not.toContain(LOST);
  });

  it.each([
    ['GET', /token-auth\/identities\/[^/]+\/tokens$/],
    ['POST', /token-auth\/tokens\/[^/]+\/revoke$/],
  ] as const)('do not stop a run where they are gone: 404 at %s', async (method, path) => {
    const instance = await lostToken();
    instance.proxy.once(answers.notFound, method, path);
    const { changes } = await provisionIdentities(instance.wanted());
    expect(instance.proxy.pending).toBe(0);
    expect(changes).not.toContain(LOST);
    expect(changes).toContain('created identity onex-runtime');
  });

  it('do not stand for a token that ended itself, whatever the list says', async () => {
    const instance = await instances.fresh();
    await provisionIdentities(instance.wanted());
    expect(await again(instance)).not.toContain(LOST);
  });
});

describe('signing up', () => {
  let instances: Awaited<ReturnType<typeof startInstances>>;
  beforeAll(async () => (instances = await startInstances()));
  afterAll(() => instances.stop());

  it('is turned off again where we set the instance up, and told where somebody else did', async () => {
    const instance = await instances.fresh();
    await provisionIdentities(instance.wanted());
    await instance.query('UPDATE server_config SET "allowSignUp" = true');
    const { changes, signUpOpen } = await provisionIdentities(instance.wanted());
    expect([changes, signUpOpen]).toEqual([['turned off signing up at the instance'], false]);
    await instance.query('UPDATE server_config SET "allowSignUp" = true');
    await rm(join(instance.stateDir, 'admin.json'));
    expect(await provisionIdentities(instance.wanted())).toMatchObject({ changes: [], signUpOpen: true });
  });
});
