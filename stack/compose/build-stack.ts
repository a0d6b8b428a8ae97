import { basename, posix } from 'node:path';
import { mapValues } from '../../contracts/core/record';
import type { ComposeFile } from './compose-schema';
import { readDotenv, readRawEnv } from './dotenv';
import { readyOfInfisical } from './infisical-service';
import type { IsGiven, Lookup } from './interpolate';
import { loginSecret, servicesOn } from './ready';
import type { Mount } from './fields/mounts';
import type { Service, Stack, StackNetwork, StackProblem } from './stack';

interface StackSource {
  file: string | undefined;
  lookup: Lookup;
  readEnvFile: (path: string) => string | undefined;
  /** The variable behind a text of the file, by the JSON of its path. */
  variables: ReadonlyMap<string, string>;
  isGiven: IsGiven;
  problems: StackProblem[];
}

/** The stack of a well-formed file; adds to the `problems` of its source. */
export function buildStack(compose: ComposeFile, source: StackSource): Stack {
  const { file, lookup, variables, problems } = source;
  const directory = file === undefined ? '/' : posix.dirname(file);
  const absolute = (path: string) =>
    posix.resolve(
      directory,
      path.replace(/^~(?=\/|$)/, () => lookup('HOME') ?? ''),
    );
  const problem = (reason: string, ...path: StackProblem['path']) => problems.push({ path, reason });
  const project = compose.name ?? projectName(directory, lookup);
  if (project === '') problem('is missing, and the folder of the file gives none: write name: NAME', 'name');

  const configs = (service: string, used: { source: string; target?: string | undefined }[]) =>
    used.flatMap(({ source: name, target }, index): Mount[] => {
      const config = Object.hasOwn(compose.configs, name) ? compose.configs[name] : undefined;
      if (config !== undefined)
        return [
          { kind: 'bind', source: absolute(config.file), target: target ?? `/${name}`, readOnly: true },
        ];
      problem('no config of that name', 'services', service, 'configs', index);
      return [];
    });
  // The file names the container's port; probes go to the published one.
  const published = (service: string, { ready, ports }: Pick<Service, 'ready' | 'ports'>) => {
    if (ready === undefined) return undefined;
    const port = ports.find(({ container }) => container === ready.port);
    if (port !== undefined) return { ...ready, port: port.host, ...(port.address && { host: port.address }) };
    problem(
      "the container's port is not published: add 127.0.0.1:HOST:PORT to ports",
      ...['services', service, 'x-onex', 'ready', 'port'],
    );
    return undefined;
  };
  const services = mapValues(compose.services, (raw, name): Service => {
    const { envFiles: _read, configs: usedConfigs, ...same } = raw;
    const environment = environmentOf(name, raw, absolute, source);
    return {
      name,
      ...same,
      environment,
      ports: raw.ports.map((port, index) => ({
        ...port,
        variable: variables.get(JSON.stringify(['services', name, 'ports', index])),
      })),
      ready: raw.ready === undefined ? readyOfInfisical({ ...raw, environment }) : published(name, raw),
      mounts: [
        ...raw.mounts.map((mount) =>
          mount.kind === 'bind' ? { ...mount, source: absolute(mount.source) } : mount,
        ),
        ...configs(name, usedConfigs),
      ],
      dependsOn: raw.dependsOn.filter(
        ({ service, optional }) => optional !== true || Object.hasOwn(compose.services, service),
      ),
    };
  });
  for (const service of Object.values(services)) service.ends = endsOf(service, services);
  return {
    name: project,
    file,
    services,
    networks: networksOf(compose, project, services),
    volumes: mapValues(compose.volumes, (volume, name) => {
      const logins = servicesOn(services, name).flatMap((service) => loginSecret(service) ?? []);
      const keys = [...new Set([...logins, ...(volume?.['x-onex']?.keys ?? [])])];
      return { name, engineName: volume?.name ?? `${project}_${name}`, labels: volume?.labels ?? {}, keys };
    }),
    secrets: mapValues(compose.secrets, (secret, name) => ({
      name,
      ...secret,
      file: absolute(secret.file),
    })),
  };
}

/** Whether a service runs to an end: what others wait for, and what nobody could use while it runs. */
function endsOf(service: Service, services: Record<string, Service>): Service['ends'] {
  const waits = Object.values(services).flatMap(({ dependsOn }) =>
    dependsOn.filter((need) => need.service === service.name),
  );
  if (waits.some(({ condition }) => condition === 'service_completed_successfully')) return 'awaited';
  const { ready, ports, healthcheck, restart, nodes } = service;
  const serves = waits.length > 0 || ready !== undefined || ports.length > 0 || healthcheck !== undefined;
  const stays = restart.name === 'always' || restart.name === 'unless-stopped' || nodes !== undefined;
  return serves || stays ? undefined : 'allowed';
}

/** As Compose names a project whose file does not. */
function projectName(directory: string, lookup: Lookup): string {
  const name = lookup('COMPOSE_PROJECT_NAME') || basename(directory);
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}

/** The networks that services join; every service without one joins the default. */
function networksOf(
  { networks }: ComposeFile,
  project: string,
  services: Record<string, Service>,
): Record<string, StackNetwork> {
  const joined = Object.values(services).flatMap((service) => service.networks ?? [{ name: 'default' }]);
  const declared: typeof networks = { default: null, ...networks };
  const used = Object.entries(declared).filter(([name]) => joined.some((network) => network.name === name));
  return mapValues(Object.fromEntries(used), (network, name): StackNetwork => {
    const external = network?.external ?? false;
    return {
      name,
      engineName: network?.name ?? (external ? name : `${project}_${name}`),
      external,
      internal: network?.internal ?? false,
      options: network?.driver_opts ?? {},
      labels: network?.labels ?? {},
      subnets: network?.ipam?.config ?? [],
    };
  });
}

/**
 * What a service's process gets: its env_files in order, then `environment`. As in Compose, a variable without a value
 * takes that of the operator's environment, and is left out without one.
 */
function environmentOf(
  service: string,
  { environment, envFiles }: ComposeFile['services'][string],
  absolute: (path: string) => string,
  { lookup, readEnvFile, isGiven, problems }: StackSource,
): Record<string, string> {
  const own = new Map([...environment].map(([key, value]) => [key, value ?? lookup(key)] as const));
  const result = new Map<string, string>();
  envFiles.forEach(({ path, required, format }, index) => {
    const file = absolute(path);
    try {
      const content = readEnvFile(file);
      if (content === undefined && required) throw new Error('there is no such file');
      const read = format === 'raw' ? readRawEnv : readDotenv;
      const known = (key: string) => lookup(key) ?? own.get(key);
      for (const [key, value] of read(content ?? '', known)) result.set(key, value);
    } catch (error) {
      const given = isGiven(['services', service, 'env_file']);
      const reason = (error as Error).message.replaceAll(file, () => 'it');
      const shown = given ? reason : `${file}: ${reason}`;
      problems.push({ path: ['services', service, 'env_file', index], reason: shown });
    }
  });
  for (const [key, value] of own) if (value !== undefined) result.set(key, value);
  return Object.fromEntries(result);
}
