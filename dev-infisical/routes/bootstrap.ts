import { z } from 'zod';
import { badRequest } from '../http/api-error';
import type { Server } from '../http/context';
import { route } from '../http/route';
import { issueAccessToken } from '../model/access-tokens';
import { createIdentity } from '../model/identities';
import { createOrganization } from '../model/organizations';
import { readServerConfig, updateServerConfig } from '../model/server-config';
import { createUser, readUserByEmail, userView } from '../model/users';

type Step = 'user' | 'organization' | 'identity' | 'config';

/** The first administrator, organisation and instance identity. Four transactions and no lock, as on the real server. */
export function registerBootstrap(server: Server): void {
  const { db, settings } = server;
  const done = (step: Step) => {
    if (settings.DEV_INFISICAL_BOOTSTRAP_CRASH_AFTER === step) process.exit(70);
  };

  route(server, {
    method: 'POST',
    url: '/api/v1/admin/bootstrap',
    access: 'public',
    rate: 'write',
    body: z.object({
      email: z.string().trim().toLowerCase().email(),
      password: z.string().trim().min(1),
      organization: z.string().trim().min(1),
    }),
    handle: async ({ body }) => {
      if ((await readServerConfig(db)).initialized) throw badRequest('Instance has already been set up');
      if (await readUserByEmail(db, body.email))
        throw badRequest('User already exists', 'Instance initialization');
      const user = await createUser(db, { ...body, firstName: 'Admin', lastName: 'User' });
      done('user');
      const organization = await db.transaction((tx) => createOrganization(tx, body.organization, user.id));
      done('organization');
      const identity = await createIdentity(db, {
        name: 'Instance Admin Identity',
        orgId: organization.id,
        role: 'admin',
        authMethods: ['token-auth'],
      });
      const endless = settings.DEV_INFISICAL_BOOTSTRAP_TOKEN === 'none';
      const token = await issueAccessToken(
        server,
        { identityId: identity.id, authMethod: 'token-auth', name: 'Instance Admin Token' },
        endless,
      );
      done('identity');
      await updateServerConfig(db, {
        initialized: true,
        allowSignUp: false,
        adminIdentityIds: [identity.id],
      });
      done('config');
      return {
        message: 'Successfully bootstrapped instance',
        user: userView(user),
        organization: { id: organization.id, name: organization.name, slug: organization.slug },
        identity: { id: identity.id, name: identity.name, credentials: { token: token.accessToken } },
      };
    },
  });
}
