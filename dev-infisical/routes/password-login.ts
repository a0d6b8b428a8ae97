import { z } from 'zod';
import { badRequest, broken } from '../http/api-error';
import type { Server } from '../http/context';
import { route } from '../http/route';
import { userToken } from '../model/user-token';
import { passwordMatches, readUserByEmail } from '../model/users';

/** Login of the current generation: the password goes to the server, the token has no organisation yet. */
export function registerPasswordLogin(server: Server): void {
  route(server, {
    method: 'POST',
    url: '/api/v3/auth/login',
    access: 'public',
    rate: 'auth',
    body: z.object({ email: z.string().trim().toLowerCase(), password: z.string().trim() }),
    handle: async ({ body, request }) => {
      if (!request.headers['user-agent']) throw broken();
      const user = await readUserByEmail(server.db, body.email);
      if (user === undefined) throw badRequest('User not found');
      if (user.passwordHash === null) {
        throw badRequest('Legacy encryption scheme not supported', 'LegacyEncryptionScheme');
      }
      if (!(await passwordMatches(user, body.password))) throw badRequest('Invalid username or email');
      return { accessToken: userToken(server, user.id) };
    },
  });
}
