import type { ContainerCreateOptions, HealthConfig, HostConfig, MountSettings } from 'dockerode';
import type { Healthcheck, Limits, Service, ServiceNetwork, Stack } from '../compose/stack';
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
  const name = containerName(stack, service.name);
  const { command, entrypoint, user, workingDir, stopSignal, healthcheck, hostname, domainName } = service;
  const [first] = joinedNetworks(stack, service);
  const exposed = [...service.ports.map(({ container }) => `${container}/tcp`), ...(service.expose ?? [])];
  return {
    name,
    Image: image,
    Labels: labels,
    Env: Object.entries(service.environment).map(([key, value]) => `${key}=${value}`),
    ...(command && { Cmd: command }),
    ...(entrypoint && { Entrypoint: entrypoint }),
    ...(user !== undefined && { User: user }),
    ...(workingDir !== undefined && { WorkingDir: workingDir }),
    ...(stopSignal !== undefined && { StopSignal: stopSignal }),
    ...(healthcheck && { Healthcheck: healthConfig(healthcheck) }),
    ...(hostname !== undefined && { Hostname: hostname }),
    ...(domainName !== undefined && { Domainname: domainName }),
    StopTimeout: Math.ceil(service.stopGracePeriod / 1000),
    ExposedPorts: Object.fromEntries(exposed.map((port) => [port, {}])),
    HostConfig: hostConfig(stack, service),
    ...(first && { NetworkingConfig: { EndpointsConfig: { [first.engineName]: first.endpoint } } }),
  };
}

/** The networks of a service as the engine knows them, with what it is called there. */
export function joinedNetworks(stack: Stack, service: Service) {
  const joined: ServiceNetwork[] = service.networks ?? [{ name: 'default', aliases: [] }];
  return joined.map(({ name, aliases, address }) => ({
    engineName: stack.networks[name]!.engineName,
    endpoint: {
      Aliases: [service.name, containerName(stack, service.name), ...aliases],
      ...(address !== undefined && { IPAMConfig: { IPv4Address: address } }),
    },
  }));
}

function hostConfig(stack: Stack, service: Service): HostConfig {
  const { restart, logging, extraHosts, dns, capDrop, capAdd, securityOptions, limits, mounts } = service;
  const [first] = joinedNetworks(stack, service);
  const binds = mounts.flatMap((mount) => (mount.kind === 'bind' && isWritable(mount) ? [bind(mount)] : []));
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { host, container, address = '127.0.0.1' } of service.ports)
    (bindings[`${container}/tcp`] ??= []).push({ HostIp: address, HostPort: String(host) });
  return {
    Mounts: mountsOf(stack, service),
    // in this form the engine makes a folder that is not there, as Compose has it
    ...(binds.length > 0 && { Binds: binds }),
    PortBindings: bindings,
    ...(first && { NetworkMode: first.engineName }),
    RestartPolicy: {
      Name: restart.name,
      ...(restart.maximumRetries !== undefined && { MaximumRetryCount: restart.maximumRetries }),
    },
    ...(service.init && { Init: true }),
    ...(service.tmpfs.length > 0 && { Tmpfs: Object.fromEntries(service.tmpfs.map(tmpfsEntry)) }),
    ...(logging && { LogConfig: { Type: logging.driver ?? 'json-file', Config: logging.options ?? {} } }),
    ...(extraHosts && { ExtraHosts: extraHosts }),
    ...(dns && { Dns: dns }),
    ...(capDrop && { CapDrop: capDrop }),
    ...(capAdd && { CapAdd: capAdd }),
    ...(securityOptions && { SecurityOpt: securityOptions }),
    ...(service.readOnly === true && { ReadonlyRootfs: true }),
    ...(limits && limitsOf(limits)),
  };
}

function limitsOf({ memory, memoryReservation, cpus, pids, sharedMemory, ulimits }: Limits): HostConfig {
  return {
    ...(memory !== undefined && { Memory: memory }),
    ...(memoryReservation !== undefined && { MemoryReservation: memoryReservation }),
    ...(cpus !== undefined && { NanoCpus: Math.round(cpus * 1e9) }),
    ...(pids !== undefined && { PidsLimit: pids }),
    ...(sharedMemory !== undefined && { ShmSize: sharedMemory }),
    ...(ulimits && {
      Ulimits: ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
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

function healthConfig({
  test,
  interval,
  timeout,
  startPeriod,
  startInterval,
  retries,
}: Healthcheck): HealthConfig {
  const times = {
    ...{ Interval: interval, Timeout: timeout },
    ...{ StartPeriod: startPeriod, StartInterval: startInterval },
  };
  const given = Object.entries(times).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return {
    Test: test,
    ...Object.fromEntries(given.map(([key, milliseconds]) => [key, milliseconds * 1_000_000])),
    ...(retries !== undefined && { Retries: retries }),
  };
}
