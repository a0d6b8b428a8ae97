import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ages } from '../../../activities/checks/access';
import { Secret } from '../../../contracts/core/secret';
import { clientSecretAges } from '../../../infisical/access/identities';
import { saveIdentityState } from '../../../infisical/identity/state';
import { declaredIn } from '../../support/declared';

const DAY_MS = 86_400_000;
const ago = (days: number) => Date.now() - days * DAY_MS;

describe('ages of client secrets', () => {
  const roots: string[] = [];
  afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

  /** An environment whose identities hold client secrets that were made then. */
  async function environmentWith(
    made: Partial<Record<'runtime' | 'seeder', number>>,
    flags: { rotateWithin?: number; secretAge?: number } = {},
  ) {
    const root = await mkdtemp(join(tmpdir(), 'onex-ages-'));
    roots.push(root);
    const { environment } = await declaredIn(root, {
      infisical: 'http://127.0.0.1:1',
      contracts: [],
      ...flags,
    });
    const identity = { identityId: 'i', clientId: 'c', clientSecret: new Secret('s'), clientSecretId: 'x' };
    const identities = Object.fromEntries(
      ['runtime', 'seeder'].map((role) => [role, { ...identity, issuedAt: made[role as 'runtime'] }]),
    );
    await saveIdentityState(environment.stateDir, { organizationId: 'o', projectId: 'p', identities });
    return environment;
  }

  it('are told, and are no drift while they are young', async () => {
    const environment = await environmentWith({ runtime: ago(12.5), seeder: ago(1.5) });
    expect(await ages(environment)).toEqual({
      what: 'client secrets: onex-runtime/dev 12 days, onex-seeder/dev 1 day; tokens hold 24 h',
      drifts: [],
    });
  });

  it('are a drift past what is declared, which nobody but its rotation ends', async () => {
    const made = Date.parse('2020-01-01T00:00:00Z');
    const { drifts } = await ages(await environmentWith({ runtime: made }));
    expect(drifts).toEqual([
      {
        ...{ kind: 'identity', name: 'onex-runtime/dev', heals: false },
        is: 'its client secret was made on 2020-01-01, to be rotated by 2020-06-29',
        mend: 'onex-bootstrap rotate client-secrets -e dev',
      },
    ]);
  });

  it.each([
    [{}, 181, 1],
    [{ rotateWithin: 200 * 86_400 }, 181, 0],
    [{ rotateWithin: 30 * 86_400 }, 31, 1],
    [{ secretAge: 30 * 86_400 }, 23, 0], // four fifths of its life are 24 days
    [{ secretAge: 30 * 86_400 }, 25, 1],
  ])('count as declared: %j, %d days', async (flags, days, count) => {
    const { drifts } = await ages(await environmentWith({ runtime: ago(days), seeder: ago(0) }, flags));
    expect(drifts).toHaveLength(count);
  });

  it('that nobody noted are not known, and neither old nor well', async () => {
    const environment = await environmentWith({ runtime: ago(1) });
    await expect(ages(environment)).rejects.toMatchObject({
      message: 'nobody noted when the client secrets of onex-seeder/dev were made',
      mend: 'onex-bootstrap rotate client-secrets -e dev',
    });
    expect((await clientSecretAges(environment)).map(({ made }) => made !== undefined)).toEqual([
      true,
      false,
    ]);
  });
});
