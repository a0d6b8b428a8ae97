import { z } from 'zod';
import { dependencies } from './fields/dependencies';
import { deploy, limitFields, limitsOf, restartOf } from './fields/limits';
import { mounts } from './fields/mounts';
import { serviceNetworks } from './fields/networks';
import { exposed, port } from './fields/ports';
import {
  duration,
  either,
  fields,
  flag,
  labels,
  named,
  oneOrMore,
  pairs,
  text,
  texts,
  wholeNumber,
  words,
} from './fields/values';

const probed = {
  port: wholeNumber.refine((port) => port >= 1 && port <= 65_535, 'must be a port (1 to 65535)'),
  timeout: duration.optional(),
};

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

const extension = fields({
  role: z.literal('infisical', { error: 'must be infisical' }).optional(),
  ready: ready.optional(),
  nodes: z.union([z.literal('*'), texts], { error: 'must be "*" or a list of node names' }).optional(),
  service: text.optional(),
  on_change: z.enum(['restart', 'signal', 'none'], { error: 'must be restart, signal or none' }).optional(),
});

const healthcheck = fields({
  test: either(
    text.transform((command) => ['CMD-SHELL', command]),
    texts.refine(
      ([kind = '', ...rest]) => kind === 'NONE' || (/^CMD(-SHELL)?$/.test(kind) && rest.length > 0),
      'must be a text, or a list that begins with CMD, CMD-SHELL or NONE',
    ),
    'must be a text or a list of texts',
  ).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  start_period: duration.optional(),
  start_interval: duration.optional(),
  retries: wholeNumber.optional(),
  disable: flag.optional(),
}).transform(
  ({ disable, test: given, start_period: startPeriod, start_interval: startInterval, ...times }) => {
    const test = disable === true ? ['NONE'] : given;
    return test && { test, startPeriod, startInterval, ...times };
  },
);

const envFile = fields({
  path: text,
  required: flag.default(true),
  format: z.literal('raw', { error: 'must be raw' }).optional(),
});

const envPath = text.transform((path): z.infer<typeof envFile> => ({ path, required: true }));

const configMount = fields({ source: text, target: text.optional() });

const hosts = either(
  texts.transform((list) => list.map((item) => item.replace(/^([^:=]+)[:=]/, '$1:'))),
  named(oneOrMore, 'addresses').transform((map) =>
    Object.entries(map).flatMap(([host, addresses]) => addresses.map((address) => `${host}:${address}`)),
  ),
  'must be a list of HOST:ADDRESS or a map',
);

const RESTART = /^(no|always|unless-stopped|on-failure(:\d+)?)$/;

/** What the engine leaves to a container by itself; anything more would weaken its isolation. */
const ORDINARY_CAPABILITIES = [
  ...[
    'AUDIT_WRITE',
    'CHOWN',
    'DAC_OVERRIDE',
    'FOWNER',
    'FSETID',
    'KILL',
    'MKNOD',
    'NET_BIND_SERVICE',
    'NET_RAW',
  ],
  ...['SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];

const serviceFields = fields({
  image: text,
  command: words.optional(),
  entrypoint: words.optional(),
  environment: pairs.default(new Map()),
  env_file: either(
    envPath.transform((file) => [file]),
    z.array(either(envPath, envFile, 'must be a path or a map')),
    'must be a path or a list of paths',
  ).default([]),
  ports: z.array(port, { error: 'must be a list' }).default([]),
  expose: exposed.optional(),
  volumes: mounts.default({ mounts: [], tmpfs: [] }),
  secrets: z
    .array(z.string({ error: 'only names are supported: the file appears as /run/secrets/NAME' }), {
      error: 'must be a list of names',
    })
    .default([]),
  configs: z
    .array(
      either(
        text.transform((source): z.infer<typeof configMount> => ({ source })),
        configMount,
        'must be a name or {source, target}',
      ),
      { error: 'must be a list' },
    )
    .default([]),
  depends_on: dependencies.default([]),
  healthcheck: healthcheck.optional(),
  profiles: texts.default([]),
  restart: text.regex(RESTART, 'must be no, always, unless-stopped or on-failure[:N]').optional(),
  pull_policy: z
    .enum(['always', 'missing', 'if_not_present', 'never'], {
      error: 'must be always, missing or never',
    })
    .optional(),
  container_name: text
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, 'must be letters, digits, hyphens, dots and underscores')
    .optional(),
  hostname: text.optional(),
  domainname: text.optional(),
  extra_hosts: hosts.optional(),
  dns: oneOrMore.optional(),
  logging: fields({ driver: text.optional(), options: named(text, 'texts').optional() }).optional(),
  deploy: deploy.optional(),
  ...limitFields,
  read_only: flag.optional(),
  cap_drop: texts.optional(),
  cap_add: z
    .array(
      text
        .transform((name) => name.replace(/^CAP_/i, '').toUpperCase())
        .refine((name) => ORDINARY_CAPABILITIES.includes(name), {
          error: `must be one that every container has without it (${ORDINARY_CAPABILITIES.join(', ')}), given back after cap_drop: [ALL]`,
        }),
      { error: 'must be a list' },
    )
    .optional(),
  security_opt: z
    .array(
      text.refine(
        (option) => /^no-new-privileges([:=]true)?$/.test(option),
        'must be no-new-privileges:true: nothing that weakens the isolation of a container is supported',
      ),
      { error: 'must be a list' },
    )
    .optional(),
  stop_signal: text.optional(),
  stop_grace_period: duration.default(10_000),
  user: text.optional(),
  working_dir: text.optional(),
  labels: labels.default({}),
  networks: serviceNetworks.optional(),
  init: flag.default(false),
  tmpfs: oneOrMore.default([]),
  'x-onex': extension.optional(),
});

/** One service in the words of `Service`; what depends on the file's place, its variables or other fields is still as written. */
export const service = serviceFields.transform((raw) => ({
  image: raw.image,
  command: raw.command,
  entrypoint: raw.entrypoint,
  environment: raw.environment,
  envFiles: raw.env_file,
  ports: raw.ports,
  /** PORT/PROTOCOL that only other services use. */
  expose: raw.expose,
  mounts: raw.volumes.mounts,
  /** Names of secrets, mounted at /run/secrets/NAME. */
  secrets: raw.secrets,
  configs: raw.configs,
  dependsOn: raw.depends_on,
  healthcheck: raw.healthcheck,
  profiles: raw.profiles,
  restart: restartOf(raw.restart, raw.deploy?.restart_policy),
  pullPolicy: raw.pull_policy,
  containerName: raw.container_name,
  hostname: raw.hostname,
  domainName: raw.domainname,
  /** HOST:ADDRESS. */
  extraHosts: raw.extra_hosts,
  dns: raw.dns,
  logging: raw.logging,
  limits: limitsOf(raw, raw.deploy?.resources),
  readOnly: raw.read_only,
  capDrop: raw.cap_drop,
  capAdd: raw.cap_add,
  securityOptions: raw.security_opt,
  stopSignal: raw.stop_signal,
  /** Milliseconds between the stop signal and SIGKILL. */
  stopGracePeriod: raw.stop_grace_period,
  user: raw.user,
  workingDir: raw.working_dir,
  labels: raw.labels,
  /** Undefined for the stack's default network alone. */
  networks: raw.networks?.length === 0 ? undefined : raw.networks,
  init: raw.init,
  tmpfs: [...raw.tmpfs, ...raw.volumes.tmpfs],
  /** The Infisical of the stack, where its image does not tell. */
  role: raw['x-onex']?.role,
  ready: raw['x-onex']?.ready,
  /** Nodes that the service runs; undefined for infrastructure. */
  nodes: raw['x-onex']?.nodes,
  /** The name under which the nodes' contracts know the service, where it differs from the service's own. */
  nodesService: raw['x-onex']?.service,
  /** What is done when its nodes' configuration changes; made anew where it is not said. */
  onChange: raw['x-onex']?.on_change,
}));
