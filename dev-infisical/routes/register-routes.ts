import { isLegacy, type Server } from '../http/context';
import { registerAdminRoutes } from './admin';
import { registerAdminSignup } from './admin-signup';
import { registerBatchRoutes } from './secret-batches';
import { registerBootstrap } from './bootstrap';
import { registerClientSecretRoutes } from './client-secrets';
import { registerEnvironmentRoutes } from './environments';
import { registerFolderRoutes } from './folders';
import { registerIdentityRoutes } from './identities';
import { registerMembershipRoutes } from './memberships';
import { registerOrganizationAdminRoutes } from './organization-admin';
import { registerPasswordLogin } from './password-login';
import { registerProjectRoutes } from './projects';
import { registerSecretRoutes } from './secrets';
import { registerSessionRoutes } from './session';
import { registerSrpLogin } from './srp-login';
import { registerStatus } from './status';
import { registerTokenAuthRoutes } from './token-auth';
import { registerTokenRoutes } from './tokens';
import { registerUniversalAuthRoutes } from './universal-auth';
import { registerUniversalAuthLogin } from './universal-auth-login';

/** All routes of the generation; what is not registered answers Fastify's own 404, as on the real server. */
export function registerRoutes(server: Server): void {
  const ofGeneration = isLegacy(server)
    ? [registerAdminSignup, registerSrpLogin]
    : [registerBootstrap, registerPasswordLogin];
  const shared = [
    registerStatus,
    registerAdminRoutes,
    registerSessionRoutes,
    registerProjectRoutes,
    registerOrganizationAdminRoutes,
    registerEnvironmentRoutes,
    registerIdentityRoutes,
    registerUniversalAuthRoutes,
    registerClientSecretRoutes,
    registerUniversalAuthLogin,
    registerTokenRoutes,
    registerTokenAuthRoutes,
    registerMembershipRoutes,
    registerFolderRoutes,
    registerSecretRoutes,
    registerBatchRoutes,
  ];
  for (const register of [...ofGeneration, ...shared]) register(server);
}
