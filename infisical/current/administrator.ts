import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';
import type { Account, BootstrapToken } from '../backend';
import { Deadline, type InfisicalHttp } from '../http';
import { isInfisicalError } from '../problem';
import type { Session } from '../session';

const bootstrapSchema = z.object({
  organization: z.object({ id: z.string() }),
  identity: z.object({ credentials: z.object({ token: z.string() }) }),
});
const loginSchema = z.object({ accessToken: z.string().min(1) });

export async function setUp(
  http: InfisicalHttp,
  { email, password, organization }: Account,
): Promise<{ token: BootstrapToken }> {
  const body = { email, password: password.reveal(), organization };
  const route = '/api/v1/admin/bootstrap';
  const call = { method: 'POST', route, body, deadline: Deadline.bootstrap } as const;
  const answer = await http.send(call, bootstrapSchema);
  const { organization: made, identity } = answer;
  return { token: { organizationId: made.id, token: new Secret(identity.credentials.token) } };
}

export async function logIn(http: InfisicalHttp, { email, password }: Account): Promise<Secret> {
  const body = { email, password: password.reveal() };
  try {
    const answer = await http.send({ method: 'POST', route: '/api/v3/auth/login', body }, loginSchema);
    return new Secret(answer.accessToken);
  } catch (error) {
    // unknown account, wrong password
    throw isInfisicalError(error, 'invalid', 'notFound') ? error.as({ kind: 'unauthorised' }) : error;
  }
}

export async function changePassword(session: Session, { password }: Account, next: Secret): Promise<void> {
  const body = { oldPassword: password.reveal(), newPassword: next.reveal() };
  await session.post('/api/v2/password/user/password-reset', z.unknown(), { body });
}
