import { z } from 'zod';
import { organizationRole } from '../access/organization';
import type { Server } from '../http/context';
import { badRequest, broken, forbidden, unauthorized } from '../http/errors';
import { routesOf, text } from '../http/route';
import { foundOrganization } from './bootstrap';
import { createOrganization, deleteOrganization, organizationsOf, readOrganization } from './organizations';
import { passwordMatches, readUser, readUserByEmail, userToken } from './users';

/** Login of the current generation: the password goes to the server, the token has no organisation yet. */
export function registerPasswordLogin(server: Server): void {
  const body = z.object({ email: text.toLowerCase(), password: text });
  const options = { access: 'public', rate: 'auth', body } as const;
  routesOf(server).post('/api/v3/auth/login', options, async ({ body: { email, password }, request }) => {
    if (!request.headers['user-agent']) throw broken();
    const user = await readUserByEmail(server.db, email);
    if (user === undefined) throw badRequest('User not found');
    if (user.passwordHash === null) {
      throw badRequest('Legacy encryption scheme not supported', 'LegacyEncryptionScheme');
    }
    if (!(await passwordMatches(user, password))) throw badRequest('Invalid username or email');
    return { accessToken: userToken(server, user) };
  });
}

/** Between login and work: the user's organisations, and a token for one of them. */
export function registerSessionRoutes(server: Server): void {
  const { db } = server;
  const { get, post, remove } = routesOf(server);
  get('/api/v1/organization', { access: 'session' }, async ({ actor }) => ({
    organizations: await organizationsOf(db, actor.id),
  }));

  const naming = z.object({ name: text.trim() });
  post('/api/v2/organizations', { access: 'session', body: naming }, async ({ actor, body: { name } }) => {
    const found = server.legacy
      ? createOrganization(db, name, actor.id)
      : foundOrganization(server, name, actor);
    return { organization: await found };
  });
  if (server.legacy)
    remove('/api/v2/organizations/:organizationId', {}, async ({ actor, params: { organizationId } }) => {
      if ((await organizationRole(server, actor, organizationId!)) !== 'admin')
        throw forbidden('Insufficient privileges');
      return { organization: await deleteOrganization(db, organizationId) };
    });

  const body = z.object({ organizationId: text, userAgent: z.enum(['cli']).optional() });
  const options = { access: 'public', rate: 'auth', body } as const;
  post('/api/v3/auth/select-organization', options, async ({ actor, body: { organizationId } }) => {
    if (actor?.type !== 'user') {
      throw unauthorized('You are not allowed to access this resource', 'Authorization header is required');
    }
    const mine = await organizationsOf(db, actor.id);
    if (!mine.some(({ id }) => id === organizationId)) {
      const name = (await readOrganization(db, organizationId))?.name;
      throw forbidden(`User does not have access to the organization named ${name}`);
    }
    const token = userToken(server, (await readUser(db, actor.id))!, organizationId);
    return server.legacy ? { token } : { token, isMfaEnabled: false };
  });
}
