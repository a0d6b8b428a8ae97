import type { Redis } from 'ioredis';
import type { UniversalAuth } from './universal-auth';

const lockKey = (clientId: string) => `dev-infisical:lockout:universal-auth:${clientId}`;
const countKey = (clientId: string) => `${lockKey(clientId)}:attempts`;

/** True while a client id is shut out, whatever secret it brings. */
export async function isLockedOut(redis: Redis, auth: UniversalAuth): Promise<boolean> {
  return auth.lockoutEnabled && (await redis.exists(lockKey(auth.clientId))) === 1;
}

/** Counts a wrong secret; the last one allowed shuts the client id out. */
export async function countFailure(redis: Redis, auth: UniversalAuth): Promise<void> {
  if (!auth.lockoutEnabled) return;
  const failures = await redis.incr(countKey(auth.clientId));
  await redis.expire(countKey(auth.clientId), auth.lockoutCounterResetSeconds);
  if (failures < auth.lockoutThreshold) return;
  await redis.set(lockKey(auth.clientId), '1', 'EX', auth.lockoutDurationSeconds);
  await redis.del(countKey(auth.clientId));
}

/** Lets a client id in again; how many locks were open. */
export async function clearLockouts(redis: Redis, clientId: string): Promise<number> {
  await redis.del(countKey(clientId));
  return redis.del(lockKey(clientId));
}
