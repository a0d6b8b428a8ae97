import { z } from 'zod';
import { zodLines } from '../contracts/core/zod-problems';

const required = z.string('is required').min(1, 'is required');
const seconds = z.coerce.number('must be a number of seconds').int().positive();

/** The environment of the server: Infisical's own variables, then the knobs that only this server has. */
const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number('must be a port').int().min(1).max(65535).default(8080),
  NODE_ENV: z
    .string()
    .default('development')
    .refine((mode) => mode !== 'production', 'must not be production: this is not Infisical'),
  ENCRYPTION_KEY: required.refine((key) => Buffer.byteLength(key) === 32, 'must be exactly 32 characters'),
  AUTH_SECRET: required,
  DB_CONNECTION_URI: required,
  REDIS_URL: required,
  DEV_INFISICAL_GENERATION: z.enum(['current', '2024']).default('current'),
  DEV_INFISICAL_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** `none`: the bootstrap token has no expiry and is refused as over age (releases of mid-2026). */
  DEV_INFISICAL_BOOTSTRAP_TOKEN: z.enum(['exp', 'none']).default('exp'),
  /** The process ends after this transaction of the first bootstrap and leaves it torn. */
  DEV_INFISICAL_BOOTSTRAP_CRASH_AFTER: z.enum(['user', 'organization', 'identity', 'config']).optional(),
  DEV_INFISICAL_RATE_LIMITS: z.enum(['on', 'off']).default('off'),
  DEV_INFISICAL_USER_TOKEN_SECONDS: seconds.default(864_000),
  /** MAX_MACHINE_IDENTITY_TOKEN_AGE of the real server. */
  DEV_INFISICAL_MACHINE_TOKEN_SECONDS: seconds.default(7_776_000),
});

/** The validated environment. */
export type Settings = z.infer<typeof environment>;

/** Reads the environment once; every problem is named, none of the values. */
export function readSettings(
  env: Record<string, string | undefined>,
): { settings: Settings } | { problems: string[] } {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = environment.safeParse(given);
  if (result.success) return { settings: result.data };
  return { problems: zodLines(result.error, environment) };
}
