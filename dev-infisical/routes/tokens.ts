import { z } from 'zod';
import type { Server } from '../http/context';
import { route } from '../http/route';
import { renewAccessToken, revokeAccessToken } from '../model/access-tokens';

/** Renewing and revoking an identity's access token; the token in the body is the credential. */
export function registerTokenRoutes(server: Server): void {
  const body = z.object({ accessToken: z.string().trim() });
  route(server, {
    method: 'POST',
    url: '/api/v1/auth/token/renew',
    access: 'public',
    rate: 'write',
    body,
    handle: ({ body: { accessToken } }) => renewAccessToken(server, accessToken),
  });

  route(server, {
    method: 'POST',
    url: '/api/v1/auth/token/revoke',
    access: 'public',
    rate: 'write',
    body,
    handle: async ({ body: { accessToken } }) => {
      await revokeAccessToken(server, accessToken);
      return { message: 'Successfully revoked access token' };
    },
  });
}
