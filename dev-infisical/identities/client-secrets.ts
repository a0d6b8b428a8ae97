import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Actor, Server } from '../http/context';
import { broken, notFound } from '../http/errors';
import { routesOf, text } from '../http/route';
import type { Database } from '../store/database';
import { manageIdentity } from './identity';
import { readUniversalAuth } from './universal-auth';

export interface ClientSecret {
  id: string;
  identityUAId: string;
  description: string;
  clientSecretPrefix: string;
  clientSecretHash: string;
  clientSecretNumUses: number;
  clientSecretNumUsesLimit: number;
  clientSecretTTL: number;
  isClientSecretRevoked: boolean;
  createdAt: Date;
  updatedAt: Date;
}

const liveSecrets = (db: Database, universalAuthId: string) =>
  db.query<ClientSecret>`
    select * from client_secrets where "identityUAId" = ${universalAuthId} and not "isClientSecretRevoked"
    order by "createdAt"`;

/** The live secret that a login brought, if any. */
export async function findClientSecret(db: Database, universalAuthId: string, clientSecret: string) {
  const given = Buffer.from(hash(clientSecret));
  const live = await liveSecrets(db, universalAuthId);
  return live.find((row) => timingSafeEqual(Buffer.from(row.clientSecretHash), given));
}

export async function revokeClientSecret(db: Database, id: string): Promise<void> {
  await db.query`
    update client_secrets set "isClientSecretRevoked" = true, "updatedAt" = clock_timestamp() where id = ${id}`;
}

// 256 random bits need no slow hash; the real server takes bcrypt.
function hash(clientSecret: string): string {
  return createHash('sha256').update(clientSecret).digest('hex');
}

const view = ({ clientSecretHash: _hash, ...rest }: ClientSecret) => rest;

const newSecret = z.object({
  description: text.default(''),
  numUsesLimit: z.number().int().min(0).default(0),
  ttl: z.number().int().min(0).max(315_360_000).default(0),
});

/** Client secrets of an identity: create (shown once), list and read without the secret, revoke. */
export function registerClientSecretRoutes(server: Server): void {
  const { db } = server;
  const { get, post } = routesOf(server);
  const url = '/api/v1/auth/universal-auth/identities/:identityId/client-secrets';
  const open = async (actor: Actor, identityId: string | undefined, action: 'create' | 'read' | 'delete') =>
    (await readUniversalAuth(server, (await manageIdentity(server, actor, identityId, action)).id)).id;
  const read = async (universalAuthId: string, id: string | undefined) => {
    const row = await db.first<ClientSecret>`
      select * from client_secrets where "identityUAId" = ${universalAuthId} and id::text = ${id}`;
    if (row === undefined) throw server.legacy ? broken() : notFound('Client secret not found');
    return row;
  };

  post(url, { body: newSecret }, async ({ actor, body, params }) => {
    const universalAuthId = await open(actor, params.identityId, 'create');
    const clientSecret = randomBytes(32).toString('hex');
    const row = await db.one<ClientSecret>`
      insert into client_secrets ("identityUAId", description, "clientSecretPrefix", "clientSecretHash",
        "clientSecretNumUsesLimit", "clientSecretTTL")
      values (${universalAuthId}, ${body.description}, ${clientSecret.slice(0, 4)}, ${hash(clientSecret)},
        ${body.numUsesLimit}, ${body.ttl}) returning *`;
    return { clientSecret, clientSecretData: view(row) };
  });

  get(url, {}, async ({ actor, params }) => {
    const rows = await liveSecrets(db, await open(actor, params.identityId, 'read'));
    return { clientSecretData: rows.map(view) };
  });

  get(`${url}/:clientSecretId`, {}, async ({ actor, params }) => {
    const universalAuthId = await open(actor, params.identityId, 'read');
    return { clientSecretData: view(await read(universalAuthId, params.clientSecretId)) };
  });

  post(`${url}/:clientSecretId/revoke`, {}, async ({ actor, params }) => {
    const universalAuthId = await open(actor, params.identityId, 'delete');
    const row = await read(universalAuthId, params.clientSecretId);
    await revokeClientSecret(db, row.id);
    return { clientSecretData: view({ ...row, isClientSecretRevoked: true }) };
  });
}
