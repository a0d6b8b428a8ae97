import type { Redis } from 'ioredis';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../settings';
import type { Database } from '../store/database';
import type { ValueCipher } from '../store/value-cipher';

/** Who calls. A user without `orgId` has not selected an organisation yet. */
export type Actor =
  | { type: 'user'; id: string; orgId: string | undefined; superAdmin: boolean }
  | { type: 'identity'; id: string; orgId: string; superAdmin: boolean };

/** A caller inside an organisation. */
export type Member = Actor & { orgId: string };

/** What every route works with. */
export interface Context {
  settings: Settings;
  /** The generation of 2024-10. */
  legacy: boolean;
  db: Database;
  redis: Redis;
  cipher: ValueCipher;
}

/** The context with the application that routes are added to. */
export interface Server extends Context {
  app: FastifyInstance;
}
