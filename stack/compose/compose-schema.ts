import { z } from 'zod';
import {
  dependencies,
  duration,
  flag,
  mount,
  oneOrMore,
  pairs,
  port,
  text,
  texts,
  words,
} from './compose-fields';
import type { Healthcheck, RestartPolicy, SecretOrigin } from './stack';

// Compose ignores every x- field; of those only ours means something here.
const extensible = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value).filter(([key]) => !key.startsWith('x-') || key === 'x-onex'),
    );
  }, schema);

const empty = z.union([z.null(), z.strictObject({})], { error: 'only the default settings are supported' });

const probed = { port: z.coerce.number().int().min(1).max(65_535), timeout: duration.optional() };

const ready = z.discriminatedUnion(
  'protocol',
  [
    z.strictObject({
      protocol: z.literal('postgres'),
      ...probed,
      user: text,
      database: text,
      password: text.optional(),
    }),
    z.strictObject({
      protocol: z.literal('valkey'),
      ...probed,
      user: text.optional(),
      password: text.optional(),
    }),
    z.strictObject({
      protocol: z.literal('http'),
      ...probed,
      path: text.startsWith('/', 'must begin with /').default('/'),
    }),
  ],
  { error: 'protocol must be postgres, valkey or http' },
);

const serviceExtension = z.strictObject({
  ready: ready.optional(),
  nodes: z.union([z.literal('*'), texts], { error: 'must be "*" or a list of node names' }).optional(),
  service: text.optional(),
});

const healthcheck = z.strictObject({
  test: z
    .union([text.transform((command) => ['CMD-SHELL', command]), texts], {
      error: 'must be a text or a list of texts',
    })
    .optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  start_period: duration.optional(),
  retries: z.coerce.number().int().positive().optional(),
  disable: flag.optional(),
});

const serviceFields = z.strictObject({
  image: text,
  command: words.optional(),
  entrypoint: words.optional(),
  environment: pairs.default(new Map()),
  ports: z.array(port, { error: 'must be a list' }).default([]),
  volumes: z.array(mount, { error: 'must be a list of the short form, NAME:/path[:ro]' }).default([]),
  secrets: z
    .array(z.string({ error: 'only names are supported: the file appears as /run/secrets/NAME' }))
    .default([]),
  depends_on: dependencies.default([]),
  healthcheck: healthcheck.transform(toHealthcheck).optional(),
  profiles: texts.default([]),
  restart: text
    .regex(
      /^(no|always|unless-stopped|on-failure(:\d+)?)$/,
      'must be no, always, unless-stopped or on-failure[:N]',
    )
    .default('no'),
  stop_signal: text.optional(),
  stop_grace_period: duration.default(10_000),
  user: z.coerce.string().optional(),
  working_dir: text.optional(),
  labels: pairs.default(new Map()),
  networks: z
    .union([z.tuple([z.literal('default')]), z.strictObject({ default: empty })], {
      error: 'only the default network is supported',
    })
    .optional(),
  init: flag.default(false),
  tmpfs: oneOrMore.default([]),
  'x-onex': serviceExtension.optional(),
});

// In the words of `Service`; what depends on the file's place, its variables or other fields is still as written.
const service = serviceFields.transform((raw) => {
  const {
    volumes: mounts,
    depends_on: dependsOn,
    stop_signal: stopSignal,
    stop_grace_period: stopGracePeriod,
    working_dir: workingDir,
    networks: _onlyTheDefault,
    'x-onex': onex,
    ...same
  } = raw;
  const [policy, retries] = raw.restart.split(':');
  return {
    ...same,
    mounts,
    dependsOn,
    restart: {
      name: policy as RestartPolicy['name'],
      maximumRetries: retries === undefined ? undefined : Number(retries),
    },
    stopSignal,
    stopGracePeriod,
    workingDir,
    labels: Object.fromEntries([...raw.labels].map(([key, value]) => [key, value ?? ''])),
    ready: onex?.ready,
    nodes: onex?.nodes,
    nodesService: onex?.service,
  };
});

function toHealthcheck(raw: z.infer<typeof healthcheck>): Healthcheck | undefined {
  const { disable, test, start_period: startPeriod, ...times } = raw;
  if (disable === true) return { test: ['NONE'] };
  return test === undefined ? undefined : { test, startPeriod, ...times };
}

const volumeExtension = z.strictObject({ keys: texts.default([]) });
const volume = z.strictObject({ name: text.optional(), 'x-onex': volumeExtension.optional() });

const mode = z.enum(['0444', '0600']).optional();
const secretExtension = z.union(
  [
    z.strictObject({ generate: z.enum(['hex-16', 'hex-32', 'base64-32']), from: text.optional(), mode }),
    z.strictObject({ render: text, mode }),
  ],
  {
    error:
      'must be {generate: hex-16 | hex-32 | base64-32, from?: VARIABLE, mode?} or {render: text, mode?}; mode "0444" or "0600"',
  },
);
const secretFields = z.strictObject({ file: text, 'x-onex': secretExtension.optional() });

const secret = secretFields.transform(({ file, 'x-onex': onex }) => ({
  file,
  mode: onex?.mode === '0444' ? 0o444 : 0o600,
  origin: originOf(onex),
}));

function originOf(onex: z.infer<typeof secretExtension> | undefined): SecretOrigin {
  if (onex === undefined) return { kind: 'operator' };
  if ('render' in onex) return { kind: 'rendered', template: onex.render };
  return { kind: 'generated', format: onex.generate, from: onex.from };
}

/** The subset of the Compose specification that is understood; everything else is an issue. */
export const composeSchema = extensible(
  z.strictObject({
    name: text.regex(/^[a-z0-9][a-z0-9_-]*$/, 'lower-case letters, digits, hyphens and underscores'),
    services: z.record(z.string().regex(/^[a-zA-Z0-9._-]+$/), extensible(service)),
    volumes: z.record(z.string(), extensible(volume).nullable()).default({}),
    secrets: z.record(z.string().regex(/^[A-Za-z0-9_.-]+$/), extensible(secret)).default({}),
    networks: z.strictObject({ default: empty }).optional(),
  }),
);

export type ComposeFile = z.infer<typeof composeSchema>;
