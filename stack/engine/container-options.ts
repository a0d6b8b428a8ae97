import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode';
import { present } from '../../contracts/core/record';
import type { Service, Stack } from '../compose/stack';
import { containerName } from './labels';

export interface ContainerSpec {
  image: string;
  labels: Record<string, string>;
}

/** The create request for a service. Secrets are in it as paths of files only. It joins its first network. */
export function containerOptions(
  stack: Stack,
  service: Service,
  { image, labels }: ContainerSpec,
): ContainerCreateOptions {
  const [first] = joinedNetworks(stack, service);
  const exposed = [...service.ports.map(({ container }) => `${container}/tcp`), ...(service.expose ?? [])];
  return {
    name: containerName(stack, service.name),
    Image: image,
    Labels: labels,
    Env: Object.entries(service.environment).map(([key, value]) => `${key}=${value}`),
    StopTimeout: Math.ceil(service.stopGracePeriod / 1000),
    ExposedPorts: Object.fromEntries(exposed.map((port) => [port, {}])),
    HostConfig: hostConfig(stack, service),
    ...present({
      Cmd: service.command,
      Entrypoint: service.entrypoint,
      User: service.user,
      WorkingDir: service.workingDir,
      StopSignal: service.stopSignal,
      Healthcheck: healthConfig(service.healthcheck),
      Hostname: service.hostname,
      Domainname: service.domainName,
      NetworkingConfig: first && { EndpointsConfig: { [first.engineName]: first.endpoint } },
    }),
  };
}

/** The networks of a service as the engine knows them, with what it is called there. */
export function joinedNetworks(stack: Stack, service: Service) {
  const joined: NonNullable<Service['networks']> = service.networks ?? [{ name: 'default', aliases: [] }];
  return joined.map(({ name, aliases, address }) => ({
    engineName: stack.networks[name]!.engineName,
    endpoint: {
      Aliases: [service.name, containerName(stack, service.name), ...aliases],
      ...(address !== undefined && { IPAMConfig: { IPv4Address: address } }),
    },
  }));
}

function hostConfig(stack: Stack, service: Service): HostConfig {
  const { restart, logging, limits, mounts, tmpfs } = service;
  const binds = mounts.flatMap((mount) => (mount.kind === 'bind' && isWritable(mount) ? [bind(mount)] : []));
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { host, container, address = '127.0.0.1' } of service.ports)
    (bindings[`${container}/tcp`] ??= []).push({ HostIp: address, HostPort: String(host) });
  return {
    Mounts: mountsOf(stack, service),
    PortBindings: bindings,
    RestartPolicy: present({ Name: restart.name, MaximumRetryCount: restart.maximumRetries }),
    ...(service.init && { Init: true }),
    ...(service.readOnly === true && { ReadonlyRootfs: true }),
    ...present({
      // in this form the engine makes a folder that is not there, as Compose has it
      Binds: binds.length > 0 ? binds : undefined,
      NetworkMode: joinedNetworks(stack, service)[0]?.engineName,
      Tmpfs: tmpfs.length > 0 ? Object.fromEntries(tmpfs.map(tmpfsEntry)) : undefined,
      LogConfig: logging && { Type: logging.driver ?? 'json-file', Config: logging.options ?? {} },
      ExtraHosts: service.extraHosts,
      Dns: service.dns,
      CapDrop: service.capDrop,
      CapAdd: service.capAdd,
      SecurityOpt: service.securityOptions,
      Memory: limits?.memory,
      MemoryReservation: limits?.memoryReservation,
      NanoCpus: limits?.cpus === undefined ? undefined : Math.round(limits.cpus * 1e9),
      PidsLimit: limits?.pids,
      ShmSize: limits?.sharedMemory,
      Ulimits: limits?.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    }),
  };
}

type Bind = Extract<Service['mounts'][number], { kind: 'bind' }>;

// One that is read must be there: a folder in its place would only hide that.
const isWritable = ({ readOnly, selinux }: Bind) => !readOnly || selinux !== undefined;

const bind = ({ source, target, readOnly, selinux = '' }: Bind) =>
  `${source}:${target}:${[readOnly ? 'ro' : 'rw', selinux].filter(Boolean).join(',')}`;

function mountsOf(stack: Stack, { mounts, secrets }: Service): MountSettings[] {
  const declared = mounts.flatMap((mount): MountSettings[] => {
    if (mount.kind === 'bind' && isWritable(mount)) return [];
    const Source = mount.kind === 'volume' ? stack.volumes[mount.volume]!.engineName : mount.source;
    return [{ Type: mount.kind, Source, Target: mount.target, ReadOnly: mount.readOnly }];
  });
  const secretFiles = secrets.map((name): MountSettings => ({
    Type: 'bind',
    Source: stack.secrets[name]!.file,
    Target: `/run/secrets/${name}`,
    ReadOnly: true,
  }));
  return [...declared, ...secretFiles];
}

function tmpfsEntry(text: string): [string, string] {
  const [path = '', ...options] = text.split(':');
  return [path, options.join(':')];
}

/** The engine counts in nanoseconds. */
const nano = (milliseconds: number | undefined) => milliseconds && milliseconds * 1_000_000;

function healthConfig(healthcheck: Service['healthcheck']) {
  if (healthcheck === undefined) return undefined;
  const { test, interval, timeout, startPeriod, startInterval, retries } = healthcheck;
  const times = {
    ...{ Interval: nano(interval), Timeout: nano(timeout) },
    ...{ StartPeriod: nano(startPeriod), StartInterval: nano(startInterval) },
  };
  return { Test: test, ...present({ ...times, Retries: retries }) };
}
