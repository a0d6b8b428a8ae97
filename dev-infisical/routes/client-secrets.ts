import { z } from 'zod';
import { broken, notFound } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import {
  clientSecretView,
  createClientSecret,
  revokeClientSecret,
  type ClientSecret,
} from '../model/client-secrets';
import { manageIdentity, readUniversalAuth } from '../model/universal-auth';
import { first } from '../store/database';

/** Client secrets of an identity: create (shown once), list and read without the secret, revoke. */
export function registerClientSecretRoutes(server: Server): void {
  const { db } = server;
  const url = '/api/v1/auth/universal-auth/identities/:identityId/client-secrets';

  route(server, {
    method: 'POST',
    url,
    access: 'member',
    rate: 'write',
    body: z.object({
      description: z.string().trim().default(''),
      numUsesLimit: z.number().int().min(0).default(0),
      ttl: z.number().int().min(0).max(315_360_000).default(0),
    }),
    handle: async ({ actor, body, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'create');
      const auth = await readUniversalAuth(server, identity.id);
      const { clientSecret, row } = await createClientSecret(db, auth.id, body);
      return { clientSecret, clientSecretData: clientSecretView(row) };
    },
  });

  route(server, {
    method: 'GET',
    url,
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'read');
      const auth = await readUniversalAuth(server, identity.id);
      const rows = await db.query<ClientSecret>(
        'select * from client_secrets where "identityUAId" = $1 and not "isClientSecretRevoked" order by "createdAt"',
        [auth.id],
      );
      return { clientSecretData: rows.map(clientSecretView) };
    },
  });

  const read = async (universalAuthId: string, id: string | undefined) => {
    const wanted = [universalAuthId, id];
    const row = await first<ClientSecret>(
      db,
      'select * from client_secrets where "identityUAId" = $1 and id::text = $2',
      wanted,
    );
    if (row === undefined) throw isLegacy(server) ? broken() : notFound('Client secret not found');
    return row;
  };

  route(server, {
    method: 'GET',
    url: `${url}/:clientSecretId`,
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'read');
      const auth = await readUniversalAuth(server, identity.id);
      return { clientSecretData: clientSecretView(await read(auth.id, params.clientSecretId)) };
    },
  });

  route(server, {
    method: 'POST',
    url: `${url}/:clientSecretId/revoke`,
    access: 'member',
    rate: 'write',
    handle: async ({ actor, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'delete');
      const auth = await readUniversalAuth(server, identity.id);
      const row = await read(auth.id, params.clientSecretId);
      await revokeClientSecret(db, row.id);
      return { clientSecretData: clientSecretView({ ...row, isClientSecretRevoked: true }) };
    },
  });
}
