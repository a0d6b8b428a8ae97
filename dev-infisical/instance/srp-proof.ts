import * as jsrp from 'jsrp';
import { broken } from '../http/errors';
import type { Database } from '../store/database';
import type { LegacyKeys, User } from './users';

/** The first half of a proof by SRP; a user who is unknown or has no keys of 2024 is a 500, as everything wrong is. */
export async function beginProof(db: Database, user: User | undefined, clientPublicKey: string) {
  if (!user?.legacyKeys) throw broken();
  const srp = await srpServer(user.legacyKeys);
  await db.query`
    update users set "srpClientKey" = ${clientPublicKey}, "srpServerKey" = ${srp.getPrivateKey()}
    where id = ${user.id}`;
  return { serverPublicKey: srp.getPublicKey(), salt: user.legacyKeys.salt };
}

/** The second half: who knows the password. A proof is good for one request. */
export async function endProof(
  db: Database,
  user: User | undefined,
  clientProof: string,
): Promise<User & { legacyKeys: LegacyKeys }> {
  if (!user?.legacyKeys || user.srpServerKey === null || user.srpClientKey === null) throw broken();
  const { legacyKeys, srpServerKey, srpClientKey } = user;
  const srp = await srpServer(legacyKeys, srpServerKey);
  srp.setClientPublicKey(srpClientKey);
  if (!srp.checkClientProof(clientProof)) throw broken();
  await db.query`update users set "srpClientKey" = null, "srpServerKey" = null where id = ${user.id}`;
  return { ...user, legacyKeys };
}

function srpServer({ salt, verifier }: LegacyKeys, privateKey?: string): Promise<jsrp.server> {
  const srp = new jsrp.server();
  const options = { salt, verifier, ...(privateKey === undefined ? {} : { b: privateKey }) };
  return new Promise((resolve) => srp.init(options, () => resolve(srp)));
}
