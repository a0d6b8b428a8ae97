import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';
import type { Capabilities } from '../detect-capabilities';
import { Deadline, type InfisicalHttp } from '../http';
import { isInfisicalError } from '../problem';
import { legacySignupBody } from '../legacy-signup';
import type { AdminCredentials } from '../state/admin-credentials';
import { saveBootstrapToken } from '../state/bootstrap-token';

const bootstrapSchema = z.object({
  organization: z.object({ id: z.string() }),
  identity: z.object({ credentials: z.object({ token: z.string() }) }),
});

/**
 * Makes the first administrator and the organisation. `exists`: somebody did before, perhaps we, with an answer that
 * was lost. The call is not atomic on the server and never repeated here.
 */
export async function setUpInstance(
  http: InfisicalHttp,
  admin: Capabilities['admin'],
  credentials: AdminCredentials,
  stateDir: string,
): Promise<'done' | 'exists'> {
  try {
    if (admin === 'bootstrap') await bootstrap(http, credentials, stateDir);
    else await signUp(http, credentials);
    return 'done';
  } catch (error) {
    if (isInfisicalError(error, 'conflict')) return 'exists';
    throw error;
  }
}

async function bootstrap(http: InfisicalHttp, credentials: AdminCredentials, stateDir: string) {
  const { email, password, organization } = credentials;
  const body = { email, password: password.reveal(), organization };
  const answer = await http.send(
    { method: 'POST', route: '/api/v1/admin/bootstrap', body, deadline: Deadline.bootstrap },
    bootstrapSchema,
  );
  const token = new Secret(answer.identity.credentials.token);
  await saveBootstrapToken(stateDir, { organizationId: answer.organization.id, token });
}

async function signUp(http: InfisicalHttp, { email, password }: AdminCredentials) {
  const body = await legacySignupBody({ email, password, firstName: 'Admin', lastName: 'User' });
  await http.send(
    { method: 'POST', route: '/api/v1/admin/signup', body, deadline: Deadline.bootstrap },
    z.unknown(),
  );
}
