import { hostname } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { z } from 'zod';
import { badInput } from '../contracts/core/failures';
import { present } from '../contracts/core/record';
import type { Secret } from '../contracts/core/secret';
import { serviceFile, slug } from '../contracts/core/slug';
import { heldVariables } from '../stack/compose/secret-values';
import { zodLines } from '../contracts/core/zod-problems';
import {
  flag,
  readConfigurationOf,
  readVariables,
  type ReadConfiguration,
} from '../contracts/reads/read-configuration';
import type { DeclaredOptions } from './declaration';

const list = z.string().transform((given) => given.split(delimiter).filter(Boolean));
const variables = z.object({
  HOME: z.string().optional(),
  ONEX_ENVIRONMENT: slug.optional(),
  ONEX_HOST: z
    .string()
    .regex(/^[\w.-]+$/, 'must be letters, digits, dots and hyphens')
    .default(hostname()),
  ONEX_STATE_DIR: z.string().optional(),
  ONEX_NODES_DIR: z.string().optional(),
  ONEX_STACK_FILE: z.string().optional(),
  ONEX_LOCAL_IMAGES: flag.optional(),
  ONEX_CONTRACTS: list.optional(),
  ONEX_REGISTRY: z.string().optional(),
  ONEX_OVERLAY: z.string().optional(),
  ONEX_MACHINE_CLASS: slug.optional(),
  ONEX_SERVICE: slug.optional(),
  ONEX_ENV_FILES: list.optional(),
  ONEX_PROJECT: slug.min(5).max(36).optional(),
  ONEX_ADMIN_EMAIL: z.email().optional(),
  ONEX_ORGANIZATION: z.string().optional(),
  ONEX_RUNTIME_ENV_FILE: z.string().optional(),
  ONEX_CODEC_KEY_FILE: z.string().optional(),
  ONEX_CODEC_REQUIRED: flag.optional(),
  ONEX_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('error'),
  INFISICAL_REQUIRED: flag.optional(),
  ONEX_REFUSE_REFERENCES: flag.optional(),
  ONEX_METRICS_ADDRESS: z
    .string()
    .regex(/^[\w.[\]:-]+:\d+$/, 'must be HOST:PORT')
    .optional(),
  ...readVariables,
});

/** What an entry point took from its environment, once. Paths are absolute. */
export interface Configuration {
  /** ONEX_ENVIRONMENT. */
  environment: string | undefined;
  host: string;
  stateRoot: string;
  /** Keys that seal Secrets in Temporal's histories. */
  codecKeyFile: string | undefined;
  /** Nothing starts where there are no such keys. */
  codecRequired: boolean;
  logLevel: string;
  reads: ReadConfiguration;
  /** HOST:PORT of the worker's Prometheus endpoint. */
  metricsAddress: string | undefined;
  workingDir: string;
  /** The folder of this package: the example, images, the default stack. */
  packageDir: string;
  /** What the variables say about an environment that is declared now. */
  options: DeclaredOptions;
  /** Every variable that is not blank. A declaration takes those that it needs. */
  variables: Map<string, Secret>;
  /** Names of those that the working directory's .env gave, and not the shell. */
  fromDotenv: ReadonlySet<string>;
}

/** Reads the environment of an entry point, `dotenv` below it. All problems come in one message. */
export function readConfiguration(
  environment: Record<string, string | undefined>,
  {
    workingDir,
    packageDir,
    dotenv = {},
  }: { workingDir: string; packageDir: string; dotenv?: Record<string, string> },
): Configuration {
  const set = Object.fromEntries(
    Object.entries({ ...dotenv, ...environment }).filter(
      (entry): entry is [string, string] => (entry[1] ?? '').trim() !== '',
    ),
  );
  const parsed = variables.safeParse(set);
  if (!parsed.success) {
    const problems = zodLines(parsed.error, variables).map((line) => `  ${line}`);
    throw badInput(`The environment cannot be used:\n${problems.join('\n')}`);
  }
  const env = parsed.data;
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(workingDir, path));
  return {
    environment: env.ONEX_ENVIRONMENT,
    host: env.ONEX_HOST,
    stateRoot: absolute(env.ONEX_STATE_DIR) ?? join(env.HOME ?? '/root', '.onex-bootstrap'),
    codecKeyFile: absolute(env.ONEX_CODEC_KEY_FILE),
    codecRequired: env.ONEX_CODEC_REQUIRED ?? false,
    logLevel: env.ONEX_LOG_LEVEL,
    reads: readConfigurationOf(env, absolute),
    metricsAddress: env.ONEX_METRICS_ADDRESS,
    workingDir,
    packageDir,
    options: present({
      stackFile: absolute(env.ONEX_STACK_FILE),
      localImages: env.ONEX_LOCAL_IMAGES,
      contracts: env.ONEX_CONTRACTS?.map((path) => resolve(workingDir, path)),
      registry: absolute(env.ONEX_REGISTRY),
      overlay: absolute(env.ONEX_OVERLAY),
      machineClass: env.ONEX_MACHINE_CLASS,
      service: env.ONEX_SERVICE,
      values: env.ONEX_ENV_FILES?.map((entry) => valuesFile(entry, workingDir)),
      project: env.ONEX_PROJECT,
      runtimeEnvFile: absolute(env.ONEX_RUNTIME_ENV_FILE),
      nodesDir: absolute(env.ONEX_NODES_DIR),
      adminEmail: env.ONEX_ADMIN_EMAIL,
      organization: env.ONEX_ORGANIZATION,
      required: env.INFISICAL_REQUIRED,
      infisicalCa: absolute(env.INFISICAL_CA_FILE),
      insecureHttp: env.INFISICAL_INSECURE_HTTP,
      refuseReferences: env.ONEX_REFUSE_REFERENCES,
      expand: env.ONEX_EXPAND,
    }),
    variables: heldVariables(Object.entries(set)),
    fromDotenv: new Set(Object.keys(dotenv).filter((name) => environment[name] === undefined)),
  };
}

/** `FILE` or `SERVICE=FILE` as a file of values. */
export function valuesFile(entry: string, workingDir: string): { path: string; service?: string } {
  const file = serviceFile(entry);
  return { ...file, path: resolve(workingDir, file.path) };
}
