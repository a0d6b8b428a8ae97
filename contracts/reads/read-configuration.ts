import { z } from 'zod';

const seconds = z.coerce.number().min(0);

/** A variable that is on or off. */
export const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'])
  .transform((given) => ['true', '1', 'yes'].includes(given));

/** The variables that say how secrets are read. */
export const readVariables = {
  ONEX_CACHE_TTL_SECONDS: seconds.default(300),
  ONEX_BREAKER_THRESHOLD: z.coerce.number().int().min(1).default(5),
  ONEX_BREAKER_RESET_SECONDS: seconds.min(1).default(60),
  ONEX_READ_TIMEOUT_SECONDS: seconds.min(0.1).default(10),
  ONEX_LAST_KNOWN_GOOD: flag.default(false),
  ONEX_LAST_KNOWN_GOOD_MAX_AGE_SECONDS: seconds.min(1).default(86_400),
  ONEX_LAST_KNOWN_GOOD_DIR: z.string().optional(),
  ONEX_AUDIT_FILE: z.string().optional(),
  ONEX_EXPAND: flag.optional(),
  INFISICAL_CA_FILE: z.string().optional(),
  INFISICAL_INSECURE_HTTP: flag.optional(),
};

/** How secrets are read, from the variables, checked before; `absolute` resolves paths. Times are in seconds. */
export function readConfigurationOf(
  env: z.infer<z.ZodObject<typeof readVariables>>,
  absolute: (path: string | undefined) => string | undefined,
) {
  return {
    cacheTtl: env.ONEX_CACHE_TTL_SECONDS,
    breakerThreshold: env.ONEX_BREAKER_THRESHOLD,
    breakerReset: env.ONEX_BREAKER_RESET_SECONDS,
    timeout: env.ONEX_READ_TIMEOUT_SECONDS,
    /** Copies for an outage; `directory` undefined means the state directory. */
    lastKnownGood: env.ONEX_LAST_KNOWN_GOOD
      ? {
          maxAge: env.ONEX_LAST_KNOWN_GOOD_MAX_AGE_SECONDS,
          directory: absolute(env.ONEX_LAST_KNOWN_GOOD_DIR),
        }
      : undefined,
    auditFile: absolute(env.ONEX_AUDIT_FILE),
  };
}

export type ReadConfiguration = ReturnType<typeof readConfigurationOf>;
