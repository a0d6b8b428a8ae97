import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { one, type Database } from '../store/database';

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

/** Makes a client secret. The plain text is in this answer and nowhere else. */
export async function createClientSecret(
  db: Database,
  universalAuthId: string,
  options: { description: string; numUsesLimit: number; ttl: number },
): Promise<{ clientSecret: string; row: ClientSecret }> {
  const clientSecret = randomBytes(32).toString('hex');
  const row = await one<ClientSecret>(
    db,
    `insert into client_secrets ("identityUAId", description, "clientSecretPrefix", "clientSecretHash",
       "clientSecretNumUsesLimit", "clientSecretTTL") values ($1, $2, $3, $4, $5, $6) returning *`,
    [
      universalAuthId,
      options.description,
      clientSecret.slice(0, 4),
      hash(clientSecret),
      options.numUsesLimit,
      options.ttl,
    ],
  );
  return { clientSecret, row };
}

/** The live secret that a login brought, if any. */
export async function findClientSecret(db: Database, universalAuthId: string, clientSecret: string) {
  const live = await db.query<ClientSecret>(
    'select * from client_secrets where "identityUAId" = $1 and not "isClientSecretRevoked"',
    [universalAuthId],
  );
  const given = Buffer.from(hash(clientSecret));
  return live.find((row) => timingSafeEqual(Buffer.from(row.clientSecretHash), given));
}

export async function revokeClientSecret(db: Database, id: string): Promise<void> {
  const statement = `update client_secrets set "isClientSecretRevoked" = true, "updatedAt" = clock_timestamp()`;
  await db.query(`${statement} where id = $1`, [id]);
}

export function clientSecretView({ clientSecretHash: _hash, ...rest }: ClientSecret) {
  return rest;
}

// 256 random bits need no slow hash; the real server takes bcrypt.
function hash(clientSecret: string): string {
  return createHash('sha256').update(clientSecret).digest('hex');
}
