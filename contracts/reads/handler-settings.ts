import { z } from 'zod';
import { Secret } from '../core/secret';
import { addressProblem } from '../core/server-address';

const secret = z
  .union([z.string().min(1), z.instanceof(Secret)])
  .transform((given) => (given instanceof Secret ? given : new Secret(given)));

/** Where last known good values are kept. Off unless given. */
const lastKnownGoodSchema = z.strictObject({
  directory: z.string().min(1),
  /** Older values are not served. */
  max_age_seconds: z.number().positive().default(86_400),
  /** Derived from the client secret where it is not given. */
  key: secret.optional(),
});

function tell(context: z.RefinementCtx, problem: string | undefined, path: string[] = []): void {
  if (problem !== undefined) context.addIssue({ code: 'custom', path, message: problem });
}

/** What a handler is made of. Times are in seconds; unknown fields are refused. */
const settingsSchema = z.strictObject({
  host: z.string().superRefine((host, context) => {
    tell(context, addressProblem(host, { insecureHttp: true, insist: '' }));
  }),
  /** A PEM file: its authorities, and no others, vouch for the server's certificate. */
  ca_file: z.string().min(1).optional(),
  /** Speak in clear to another machine, or to another user's process on this one. */
  insecure_http: z.boolean().default(false),
  client_id: z.string().min(1),
  client_secret: secret,
  project_id: z.string().min(1),
  environment_slug: z.string().min(1).default('prod'),
  secret_path: z.string().default('/'),
  /** 0 = no cache. */
  cache_ttl_seconds: z.number().min(0).default(300),
  /** How long a name that Infisical does not know is not asked for again; never longer than `cache_ttl_seconds`. */
  negative_ttl_seconds: z.number().min(0).default(10),
  cache_max_entries: z.number().int().min(1).default(1_000),
  circuit_breaker_enabled: z.boolean().default(true),
  circuit_breaker_threshold: z.number().int().min(1).default(5),
  circuit_breaker_reset_timeout: z.number().positive().default(60),
  /** An operation, logins included, ends within this time. */
  timeout_seconds: z.number().positive().default(10),
  /** Whether `${KEY}` in a value is replaced by the server. */
  expand_references: z.boolean().default(false),
  /** Whether secrets of imported folders are found. */
  include_imports: z.boolean().default(false),
  /** Whether errors name the key; the audit log always does. */
  name_keys_in_errors: z.boolean().default(false),
  last_known_good: lastKnownGoodSchema.optional(),
});

/** The same, with an address that credentials may go to. */
export const handlerSettingsSchema = settingsSchema.superRefine(
  ({ host, insecure_http: insecureHttp }, context) => {
    const insist = 'insecure_http (INFISICAL_INSECURE_HTTP=true)';
    tell(context, addressProblem(host, { insecureHttp, insist }), ['host']);
  },
);

/** As an application writes them. */
export type HandlerSettingsInput = z.input<typeof handlerSettingsSchema>;
/** Complete, with defaults. */
export type HandlerSettings = z.infer<typeof handlerSettingsSchema>;
