import { z } from 'zod';
import { forbidden, unauthorized } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import { organizationsOf, readOrganization } from '../model/organizations';
import { userToken } from '../model/user-token';

/** Between login and work: the user's organisations, and a token for one of them. */
export function registerSessionRoutes(server: Server): void {
  route(server, {
    method: 'GET',
    url: '/api/v1/organization',
    access: 'session',
    rate: 'read',
    handle: async ({ actor }) => ({ organizations: await organizationsOf(server.db, actor.id) }),
  });

  route(server, {
    method: 'POST',
    url: '/api/v3/auth/select-organization',
    access: 'public',
    rate: 'auth',
    body: z.object({ organizationId: z.string().trim(), userAgent: z.enum(['cli']).optional() }),
    handle: async ({ actor, body }) => {
      if (actor?.type !== 'user') {
        throw unauthorized('You are not allowed to access this resource', 'Authorization header is required');
      }
      const mine = await organizationsOf(server.db, actor.id);
      if (!mine.some(({ id }) => id === body.organizationId)) {
        const name = (await readOrganization(server.db, body.organizationId))?.name;
        throw forbidden(`User does not have access to the organization named ${name}`);
      }
      const token = userToken(server, actor.id, body.organizationId);
      return isLegacy(server) ? { token } : { token, isMfaEnabled: false };
    },
  });
}
