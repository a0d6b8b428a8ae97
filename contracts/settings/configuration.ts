import { hostname } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { z } from 'zod';
import { badInput } from '../core/failures';
import { Secret } from '../core/secret';
import { flag } from './flag';
import { readConfigurationOf, readVariables, type ReadConfiguration } from './read-configuration';

const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens');
const list = z.string().transform((v) => v.split(delimiter).filter(Boolean));

const variables = z.object({
  HOME: z.string().optional(),
  ONEX_ENVIRONMENT: slug.default('dev'),
  ONEX_HOST: z.string().default(hostname()),
  ONEX_STATE_DIR: z.string().optional(),
  ONEX_NODES_DIR: z.string().optional(),
  ONEX_STACK_FILE: z.string().optional(),
  ONEX_CONTRACTS: list.optional(),
  ONEX_REGISTRY: z.string().optional(),
  ONEX_OVERLAY: z.string().optional(),
  ONEX_MACHINE_CLASS: slug.optional(),
  ONEX_SERVICE: slug.default('onex'),
  ONEX_ENV_FILES: list.optional(),
  ONEX_PROJECT: slug.min(5).max(36).default('onex-platform'),
  ONEX_ADMIN_EMAIL: z.email().default('admin@onex.local'),
  ONEX_ORGANIZATION: z.string().default('onex'),
  ONEX_RUNTIME_ENV_FILE: z.string().optional(),
  ONEX_CODEC_KEY_FILE: z.string().optional(),
  ONEX_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('error'),
  INFISICAL_REQUIRED: flag.default(false),
  DOCKER_HOST: z.string().optional(),
  ONEX_METRICS_ADDRESS: z
    .string()
    .regex(/^[\w.[\]:-]+:\d+$/, 'must be HOST:PORT')
    .optional(),
  ...readVariables,
});

/** What an entry point took from its environment, once. Paths are absolute. */
export interface Configuration {
  environment: string;
  host: string;
  stateRoot: string;
  nodesDir: string | undefined;
  stackFile: string | undefined;
  contracts: string[] | undefined;
  registry: string | undefined;
  overlay: string | undefined;
  machineClass: string | undefined;
  service: string;
  envFiles: string[] | undefined;
  projectSlug: string;
  adminEmail: string;
  organization: string;
  runtimeEnvFile: string | undefined;
  /** Keys that seal Secrets in Temporal's histories. */
  codecKeyFile: string | undefined;
  required: boolean;
  dockerHost: string | undefined;
  logLevel: string;
  reads: ReadConfiguration;
  /** HOST:PORT of the worker's Prometheus endpoint. */
  metricsAddress: string | undefined;
  /** The folder that relative paths start from, and that holds the project's own example. */
  workingDir: string;
  packageDir: string;
  /** Every non-blank variable, as values: the environment lane, given passwords, Compose interpolation. */
  variables: Map<string, Secret>;
}

/** Reads the environment of an entry point. All problems come in one message. */
export function readConfiguration(
  environment: Record<string, string | undefined>,
  { workingDir, packageDir }: { workingDir: string; packageDir: string },
): Configuration {
  const present = Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => (entry[1] ?? '').trim() !== ''),
  );
  const parsed = variables.safeParse(present);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw badInput(`The environment cannot be used:\n${problems.join('\n')}`);
  }
  const env = parsed.data;
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(workingDir, path));
  const home = env.HOME ?? '/root';
  return {
    environment: env.ONEX_ENVIRONMENT,
    host: env.ONEX_HOST,
    stateRoot: absolute(env.ONEX_STATE_DIR) ?? join(home, '.onex-bootstrap'),
    nodesDir: absolute(env.ONEX_NODES_DIR),
    stackFile: absolute(env.ONEX_STACK_FILE),
    contracts: env.ONEX_CONTRACTS?.map((path) => resolve(workingDir, path)),
    registry: absolute(env.ONEX_REGISTRY),
    overlay: absolute(env.ONEX_OVERLAY),
    machineClass: env.ONEX_MACHINE_CLASS,
    service: env.ONEX_SERVICE,
    envFiles: env.ONEX_ENV_FILES,
    projectSlug: env.ONEX_PROJECT,
    adminEmail: env.ONEX_ADMIN_EMAIL,
    organization: env.ONEX_ORGANIZATION,
    runtimeEnvFile: absolute(env.ONEX_RUNTIME_ENV_FILE),
    codecKeyFile: absolute(env.ONEX_CODEC_KEY_FILE),
    required: env.INFISICAL_REQUIRED,
    dockerHost: env.DOCKER_HOST,
    logLevel: env.ONEX_LOG_LEVEL,
    reads: readConfigurationOf(env, absolute),
    metricsAddress: env.ONEX_METRICS_ADDRESS,
    workingDir,
    packageDir,
    variables: new Map(Object.entries(present).map(([key, value]) => [key, new Secret(value)])),
  };
}
