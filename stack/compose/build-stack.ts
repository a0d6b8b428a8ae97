import { posix } from 'node:path';
import type { ComposeFile, ComposeSecret, ComposeService } from './compose-schema';
import type { Lookup } from './interpolate';
import { parseMount } from './parse-mount';
import type { StackProblem } from './stack-problem';
import { volumeKeys } from './volume-keys';
import type { Ready, RestartPolicy, SecretOrigin, Service, Stack, StackSecret } from './stack';

export interface StackSource {
  /** Absolute path of the Compose file: relative paths start from its folder. */
  file: string | undefined;
  lookup: Lookup;
  /** The variable behind a text of the file, by the JSON of its path. */
  variables: Map<string, string>;
}

/** The stack that a well-formed Compose file describes, with the problems found on the way. */
export function buildStack(
  compose: ComposeFile,
  source: StackSource,
): { stack: Stack; problems: StackProblem[] } {
  const problems: StackProblem[] = [];
  const directory = source.file === undefined ? '/' : posix.dirname(source.file);
  const services = Object.entries(compose.services).map(([name, service]) =>
    buildService(name, service, directory, source, problems),
  );
  const stack: Stack = {
    name: compose.name,
    file: source.file,
    services: Object.fromEntries(services.map((service) => [service.name, service])),
    volumes: Object.fromEntries(
      Object.entries(compose.volumes).map(([name, volume]) => [
        name,
        {
          name,
          engineName: volume?.name ?? `${compose.name}_${name}`,
          keys: volumeKeys(name, volume?.['x-onex']?.keys ?? [], services),
        },
      ]),
    ),
    secrets: Object.fromEntries(
      Object.entries(compose.secrets).map(([name, secret]) => [name, buildSecret(name, secret, directory)]),
    ),
  };
  return { stack, problems };
}

function buildService(
  name: string,
  raw: ComposeService,
  directory: string,
  { lookup, variables }: StackSource,
  problems: StackProblem[],
): Service {
  const at = (...path: (string | number)[]) => ['services', name, ...path];
  const mounts = raw.volumes.flatMap((text, index) => {
    try {
      return [parseMount(text, { directory, home: lookup('HOME') ?? '/' })];
    } catch (error) {
      problems.push({ path: at('volumes', index), reason: (error as Error).message });
      return [];
    }
  });
  const ports = raw.ports.map((port, index) => {
    const variable = variables.get(JSON.stringify(at('ports', index)));
    return variable === undefined ? port : { ...port, variable };
  });
  const onex = raw['x-onex'];
  const { command, entrypoint } = raw;
  return {
    name,
    image: raw.image,
    ...(command === undefined ? {} : { command }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    environment: withLookup(raw.environment, lookup),
    ports,
    mounts,
    secrets: raw.secrets,
    dependsOn: Object.entries(raw.depends_on).map(([service, { condition }]) => ({ service, condition })),
    ...healthcheckOf(raw),
    profiles: raw.profiles,
    restart: restartOf(raw.restart),
    ...(raw.stop_signal === undefined ? {} : { stopSignal: raw.stop_signal }),
    stopGracePeriod: raw.stop_grace_period,
    ...(raw.user === undefined ? {} : { user: raw.user }),
    ...(raw.working_dir === undefined ? {} : { workingDir: raw.working_dir }),
    labels: Object.fromEntries([...raw.labels].map(([key, value]) => [key, value ?? ''])),
    init: raw.init,
    tmpfs: raw.tmpfs,
    ...readyOf(onex?.ready, ports, at('x-onex', 'ready', 'port'), problems),
    ...(onex?.nodes === undefined ? {} : { nodes: onex.nodes }),
    ...(onex?.service === undefined ? {} : { nodesService: onex.service }),
  };
}

// As in Compose, a variable without a value takes that of the operator's environment, and is left out without one.
function withLookup(environment: Map<string, string | undefined>, lookup: Lookup): Record<string, string> {
  const entries = [...environment].map(([key, value]) => [key, value ?? lookup(key)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function healthcheckOf({ healthcheck: raw }: ComposeService): Pick<Service, 'healthcheck'> {
  if (raw === undefined) return {};
  if (raw.disable === true) return { healthcheck: { test: ['NONE'] } };
  if (raw.test === undefined) return {};
  const { test, interval, timeout, retries, start_period: startPeriod } = raw;
  return {
    healthcheck: {
      test,
      ...(interval === undefined ? {} : { interval }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(startPeriod === undefined ? {} : { startPeriod }),
      ...(retries === undefined ? {} : { retries }),
    },
  };
}

function restartOf(text: string): RestartPolicy {
  const [name, retries] = text.split(':');
  const policy = { name: name as RestartPolicy['name'] };
  return retries === undefined ? policy : { ...policy, maximumRetries: Number(retries) };
}

type RawReady = NonNullable<NonNullable<ComposeService['x-onex']>['ready']>;

/** The file names the container's port; probes go to the published one. */
function readyOf(
  raw: RawReady | undefined,
  ports: Service['ports'],
  path: (string | number)[],
  problems: StackProblem[],
): Pick<Service, 'ready'> {
  if (raw === undefined) return {};
  const published = ports.find(({ container }) => container === raw.port);
  if (published === undefined) {
    problems.push({ path, reason: `${raw.port} is not published: add 127.0.0.1:HOST:${raw.port} to ports` });
    return {};
  }
  const present = Object.entries({ ...raw, port: published.host }).filter(([, value]) => value !== undefined);
  return { ready: Object.fromEntries(present) as Ready };
}

function buildSecret(name: string, raw: ComposeSecret, directory: string): StackSecret {
  const onex = raw['x-onex'];
  const origin = ((): SecretOrigin => {
    if (onex === undefined) return { kind: 'operator' };
    if ('render' in onex) return { kind: 'rendered', template: onex.render };
    return {
      kind: 'generated',
      format: onex.generate,
      ...(onex.from === undefined ? {} : { from: onex.from }),
    };
  })();
  return {
    name,
    file: posix.resolve(directory, raw.file),
    mode: onex?.mode === '0444' ? 0o444 : 0o600,
    origin,
  };
}
