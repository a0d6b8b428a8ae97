import { z } from 'zod';
import type { Server } from '../http/context';
import { badRequest } from '../http/errors';
import { routesOf } from '../http/route';
import { issueAccessToken } from '../identities/access-tokens';
import { createIdentity } from '../identities/identity';
import { createProject } from '../projects/project';
import { createOrganization, randomSlug } from './organizations';
import { readServerConfig, updateServerConfig } from './server-config';
import { createUser, readUserByEmail, userView } from './users';

type SetUpStep = 'user' | 'organization' | 'identity' | 'config';

/** Ends the process where it was told to: a set-up is torn there. */
export function crashAfter({ settings }: Server, step: SetUpStep): void {
  if (settings.DEV_INFISICAL_BOOTSTRAP_CRASH_AFTER === step) process.exit(70);
}

const firstAdministrator = z.object({
  email: z.string().trim().toLowerCase().email(),
  password: z.string().trim().min(1),
  organization: z.string().trim().min(1),
});

/** An organisation of a user's own, as the current generation makes it: with a product of the same server in it. */
export async function foundOrganization({ db }: Server, name: string, user: { id: string }) {
  const organization = await createOrganization(db, name, user.id);
  await createProject(
    db,
    { type: 'user', id: user.id, orgId: organization.id, superAdmin: true },
    {
      orgId: organization.id,
      name: 'Certificate Manager',
      slug: randomSlug('cert-manager'),
      type: 'cert-manager',
      description: undefined,
      withEnvironments: false,
    },
  );
  return organization;
}

/** The first administrator, organisation and instance identity. Four transactions and no lock, as on the real server. */
export function registerBootstrap(server: Server): void {
  const { db, settings } = server;
  const done = (step: SetUpStep) => crashAfter(server, step);

  const options = { access: 'public', body: firstAdministrator } as const;
  routesOf(server).post('/api/v1/admin/bootstrap', options, async ({ body }) => {
    if ((await readServerConfig(db)).initialized) throw badRequest('Instance has already been set up');
    if (await readUserByEmail(db, body.email))
      throw badRequest('User already exists', 'Instance initialization');
    const user = await createUser(db, { ...body, firstName: 'Admin', lastName: 'User' });
    done('user');
    const { id, name, slug } = await foundOrganization(server, body.organization, user);
    done('organization');
    const identity = await createIdentity(db, {
      name: 'Instance Admin Identity',
      orgId: id,
      role: 'admin',
      authMethods: ['token-auth'],
    });
    const endless = settings.DEV_INFISICAL_BOOTSTRAP_TOKEN === 'none';
    const wanted = { identityId: identity.id, authMethod: 'token-auth', name: 'Instance Admin Token' };
    const { accessToken: token } = await issueAccessToken(server, wanted, endless);
    done('identity');
    await updateServerConfig(db, { initialized: true, adminIdentityIds: [identity.id] });
    done('config');
    return {
      message: 'Successfully bootstrapped instance',
      user: userView(user),
      organization: { id, name, slug },
      identity: { id: identity.id, name: identity.name, credentials: { token } },
    };
  });
}
