import type { Server } from './http/context';
import { registerClientSecretRoutes } from './identities/client-secrets';
import { registerIdentityRoutes } from './identities/identity-routes';
import { registerTokenAuthRoutes, registerTokenRoutes } from './identities/token-routes';
import { registerUniversalAuthRoutes } from './identities/universal-auth';
import { registerUniversalAuthLogin } from './identities/universal-auth-login';
import { registerAdminRoutes } from './instance/admin-routes';
import { registerBootstrap } from './instance/bootstrap';
import { registerAdminSignup, registerSrpLogin } from './instance/legacy-account';
import { registerPasswordChange, registerSrpPasswordChange } from './instance/passwords';
import { registerPasswordLogin, registerSessionRoutes } from './instance/sessions';
import { registerEnvironmentRoutes } from './projects/environment-routes';
import { registerMembershipRoutes } from './projects/membership-routes';
import { registerOrganizationAdminRoutes } from './projects/organization-admin';
import { registerPrivilegeRoutes } from './projects/privilege-routes';
import { registerProjectRoutes } from './projects/project-routes';
import { registerBatchRoutes } from './secrets/batch-routes';
import { familiesOf } from './secrets/fields';
import { registerFolderRoutes } from './secrets/folder-routes';
import { registerImportRoutes } from './secrets/imports';
import { registerSecretReads } from './secrets/read-routes';
import { registerSecretWrites } from './secrets/write-routes';

/** All routes of the generation; what is not registered answers Fastify's own 404, as on the real server. */
export function registerRoutes(server: Server): void {
  const ofGeneration = server.legacy
    ? [registerAdminSignup, registerSrpLogin, registerSrpPasswordChange]
    : [registerBootstrap, registerPasswordLogin, registerPasswordChange];
  const shared = [
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
    registerPrivilegeRoutes,
    registerFolderRoutes,
    registerImportRoutes,
  ];
  for (const register of [...ofGeneration, ...shared]) register(server);
  for (const family of familiesOf(server)) {
    registerSecretReads(server, family);
    registerSecretWrites(server, family);
    registerBatchRoutes(server, family);
  }
}
