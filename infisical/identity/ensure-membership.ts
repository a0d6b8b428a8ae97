import { z } from 'zod';
import { isInfisicalError } from '../problem';
import type { Call } from '../http';
import { sendNewest } from '../send-newest';
import type { Session } from '../session';

/** Project roles that come with every Infisical: `viewer` reads values, `member` also writes. */
export type ProjectRole = 'viewer' | 'member';

const schema = z.object({ identityMembership: z.object({ roles: z.array(z.object({ role: z.string() })) }) });

/** Gives the identity exactly this role in the project. */
export async function ensureMembership(
  session: Session,
  params: { projectId: string; identityId: string },
  role: ProjectRole,
): Promise<'created' | 'changed' | 'unchanged'> {
  const send = (method: Call['method'], answer: z.ZodType<unknown>, body?: unknown) =>
    sendNewest(
      session,
      [routeOf('newer', method, params, body), routeOf('older', method, params, body)],
      answer,
    );
  const body = { roles: [{ role }] };
  const roles = await rolesOf(session, params);
  if (roles === undefined) {
    try {
      await send('POST', z.unknown(), body);
      return 'created';
    } catch (error) {
      if (!isInfisicalError(error, 'conflict')) throw error;
    }
  } else if (roles.length === 1 && roles[0] === role) return 'unchanged';
  await send('PATCH', z.unknown(), body);
  return 'changed';
}

async function rolesOf(session: Session, params: Record<string, string>): Promise<string[] | undefined> {
  try {
    const { identityMembership } = await sendNewest(
      session,
      [routeOf('newer', 'GET', params), routeOf('older', 'GET', params)],
      schema,
    );
    return identityMembership.roles.map(({ role }) => role);
  } catch (error) {
    if (isInfisicalError(error, 'notFound')) return undefined;
    throw error;
  }
}

function routeOf(
  generation: 'newer' | 'older',
  method: Call['method'],
  params: Record<string, string>,
  body?: unknown,
): Call {
  const route =
    generation === 'newer'
      ? '/api/v1/projects/:projectId/memberships/identities/:identityId'
      : '/api/v2/workspace/:projectId/identity-memberships/:identityId';
  return { method, route, params, ...(body === undefined ? {} : { body }) };
}
