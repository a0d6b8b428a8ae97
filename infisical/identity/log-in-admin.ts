import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { InfisicalError, isInfisicalError } from '../problem';
import type { InfisicalHttp } from '../http';
import { legacyLogin } from '../legacy-login';
import { Session } from '../session';
import type { AdminCredentials } from '../state/admin-credentials';
import type { AdminAccess } from './admin-access';
import { chooseOrganization } from './choose-organization';

const tokenSchema = z.object({ accessToken: z.string().min(1) });
const selectedSchema = z.object({ token: z.string().min(1), isMfaEnabled: z.boolean().default(false) });
const legacySchema = z.looseObject({ mfaEnabled: z.boolean().default(false) });

/** The server of 2024 has the same 500 for a wrong password and for a passing fault: one that stays is a no. */
const SRP_TRIES = 3;

/**
 * Logs in by e-mail and password, by SRP where the server is of 2024, and enters the organisation: `organizationId`
 * if known, else the one of that name, else the only one. Bad credentials are an InfisicalError `unauthorised`.
 */
export async function logInAdmin(
  http: InfisicalHttp,
  credentials: AdminCredentials,
  organizationId?: string,
): Promise<AdminAccess> {
  const outside = await passwordLogin(http, credentials);
  const chosen = await chooseOrganization(new Session(http, outside), {
    id: organizationId,
    name: credentials.organization,
    email: credentials.email,
  });
  const { token, isMfaEnabled } = await http.send(
    { method: 'POST', route: '/api/v3/auth/select-organization', body: { organizationId: chosen } },
    selectedSchema,
    outside,
  );
  if (isMfaEnabled) throw secondFactor(credentials.email);
  return { session: new Session(http, new Secret(token)), organizationId: chosen, via: 'password' };
}

async function passwordLogin(http: InfisicalHttp, { email, password }: AdminCredentials): Promise<Secret> {
  try {
    const body = { email, password: password.reveal() };
    const { accessToken } = await http.send(
      { method: 'POST', route: '/api/v3/auth/login', body },
      tokenSchema,
    );
    return new Secret(accessToken);
  } catch (error) {
    if (isInfisicalError(error, 'routeMissing') || isPage(error)) return srpLogin(http, email, password);
    throw unauthorised(error, 'invalid', 'notFound');
  }
}

async function srpLogin(
  http: InfisicalHttp,
  email: string,
  password: Secret,
  tries = SRP_TRIES,
): Promise<Secret> {
  try {
    return await legacyLogin(
      async (route, body) => {
        const answer = await http.send({ method: 'POST', route, body }, legacySchema);
        if (answer.mfaEnabled) throw secondFactor(email);
        return answer;
      },
      email,
      password,
    );
  } catch (error) {
    if (!isPlain500(error)) throw unauthorised(error, 'invalid', 'notFound');
    if (tries > 1) return srpLogin(http, email, password, tries - 1);
    throw unauthorised(error, 'unavailable');
  }
}

/** The same error as `unauthorised`, if it is of one of these kinds. */
function unauthorised(error: unknown, ...kinds: Parameters<typeof isInfisicalError>[1][]): unknown {
  if (!isInfisicalError(error, ...kinds)) return error;
  return new InfisicalError(error.message, { kind: 'unauthorised' }, error.status, error.server);
}

const isPlain500 = (error: unknown) =>
  isInfisicalError(error, 'unavailable') && error.status === 500 && error.server.name !== undefined;

const isPage = (error: unknown) =>
  error instanceof InfisicalError &&
  error.problem.kind === 'unavailable' &&
  error.problem.reason === 'page' &&
  (error.status ?? 0) < 500;

const secondFactor = (email: string) =>
  refused(
    `The administrator ${email} has a second factor, which no machine can give. Use a machine identity ` +
      '(INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET, INFISICAL_PROJECT_ID) or an administrator without one.',
  );
