import { z } from 'zod';
import { Secret } from '../../../contracts/core/secret';
import type { Session } from '../session';

const ROUTE = '/api/v1/auth/universal-auth/identities/:identityId/client-secrets';
const data = z.object({
  id: z.string(),
  description: z.string().default(''),
  isClientSecretRevoked: z.boolean().default(false),
});

export interface IssuedSecret {
  clientSecretId: string;
  clientSecret: Secret;
}

/** Ids of the live client secrets of the identity whose description is `tag`. */
export async function liveClientSecrets(
  session: Session,
  identityId: string,
  tag: string,
): Promise<string[]> {
  const { clientSecretData } = await session.send(
    { method: 'GET', route: ROUTE, params: { identityId } },
    z.object({ clientSecretData: z.array(data) }),
  );
  return clientSecretData
    .filter(({ description, isClientSecretRevoked }) => description === tag && !isClientSecretRevoked)
    .map(({ id }) => id);
}

/** The server shows the secret this once; `tag` lets a later run find it should the answer be lost. */
export async function createClientSecret(
  session: Session,
  identityId: string,
  tag: string,
): Promise<IssuedSecret> {
  const { clientSecret, clientSecretData } = await session.send(
    { method: 'POST', route: ROUTE, params: { identityId }, body: { description: tag } },
    z.object({ clientSecret: z.string().min(1), clientSecretData: data }),
  );
  return { clientSecretId: clientSecretData.id, clientSecret: new Secret(clientSecret) };
}

export async function revokeClientSecret(session: Session, identityId: string, clientSecretId: string) {
  const params = { identityId, clientSecretId };
  await session.send(
    { method: 'POST', route: `${ROUTE}/:clientSecretId/revoke`, params, body: {} },
    z.unknown(),
  );
}
