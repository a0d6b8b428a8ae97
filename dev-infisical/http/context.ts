import type { Redis } from 'ioredis';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../settings';
import type { Database } from '../store/database';
import type { ValueCipher } from '../store/value-cipher';

/** What every route works with. */
export interface Context {
  settings: Settings;
  db: Database;
  redis: Redis;
  cipher: ValueCipher;
}

/** The context with the application that routes are added to. */
export interface Server extends Context {
  app: FastifyInstance;
}

/** True on the server of 2024-10. */
export const isLegacy = ({ settings }: Context) => settings.DEV_INFISICAL_GENERATION === '2024';
