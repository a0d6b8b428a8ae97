import type { Server } from '../http/context';
import { route } from '../http/route';
import { readServerConfig } from '../model/server-config';

/** Readiness and the probe for "is this instance initialised"; both without a token. */
export function registerStatus(server: Server): void {
  route(server, {
    method: 'GET',
    url: '/api/status',
    access: 'public',
    rate: 'none',
    handle: async () => {
      const { allowSignUp } = await readServerConfig(server.db);
      await server.redis.ping();
      return {
        date: new Date(),
        message: 'Ok',
        emailConfigured: false,
        inviteOnlySignup: allowSignUp,
        redisConfigured: true,
        secretScanningConfigured: false,
      };
    },
  });

  route(server, {
    method: 'GET',
    url: '/api/v1/admin/config',
    access: 'public',
    rate: 'read',
    handle: async () => {
      const { id: _id, adminIdentityIds: _ids, ...config } = await readServerConfig(server.db);
      return {
        config: { ...config, isMigrationModeOn: false, fipsEnabled: false, defaultAuthOrgSlug: null },
      };
    },
  });
}
