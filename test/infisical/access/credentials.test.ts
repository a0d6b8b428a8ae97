import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operatorIdentity } from '../../../infisical/access/credentials';
import { saveIdentityState } from '../../../infisical/identity/state';
import { Secret } from '../../../contracts/core/secret';

describe('operatorIdentity', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'onex-operator-'));
  afterAll(() => rmSync(stateDir, { recursive: true }));

  const address = 'https://secrets.example.com';
  const variables = (clientId: string) =>
    new Map(
      Object.entries({
        INFISICAL_CLIENT_ID: clientId,
        INFISICAL_CLIENT_SECRET: 's',
        INFISICAL_PROJECT_ID: 'p',
      }).map(([key, value]) => [key, new Secret(value)]),
    );

  it('is what was given, unless it is the runtime identity that we made', async () => {
    await saveIdentityState(stateDir, {
      organizationId: 'o',
      projectId: 'p',
      identities: { runtime: { identityId: 'i', clientId: 'ours', clientSecret: new Secret('s') } },
    });
    expect(await operatorIdentity(stateDir, variables('theirs'), address)).toMatchObject({
      clientId: 'theirs',
    });
    expect(await operatorIdentity(stateDir, variables('ours'), address)).toBeUndefined();
  });

  it('is all three variables or none: the missing ones are named', async () => {
    const two = variables('theirs');
    two.delete('INFISICAL_PROJECT_ID');
    await expect(operatorIdentity(stateDir, two, address)).rejects.toThrow(/INFISICAL_PROJECT_ID is missing/);
    expect(await operatorIdentity(stateDir, new Map(), address)).toBeUndefined();
  });
});
