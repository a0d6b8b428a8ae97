import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';
import type { Session } from '../session';

const ROUTE = '/api/v1/auth/universal-auth/identities/:identityId/client-secrets';
const data = z.object({
  id: z.string(),
  description: z.string().nullish(),
  isClientSecretRevoked: z.boolean().nullish(),
});

export interface IssuedSecret {
  clientSecretId: string;
  clientSecret: Secret;
}

/** Live client secrets of the identity; `ours` are those whose description is `tag`. */
export async function liveClientSecrets(
  session: Session,
  identityId: string,
  tag: string,
): Promise<{ id: string; ours: boolean }[]> {
  const { clientSecretData } = await session.send(
    { method: 'GET', route: ROUTE, params: { identityId } },
    z.object({ clientSecretData: z.array(data) }),
  );
  return clientSecretData
    .filter(({ isClientSecretRevoked }) => isClientSecretRevoked !== true)
    .map(({ id, description }) => ({ id, ours: description === tag }));
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
