import type { ContainerCreateOptions, HealthConfig, MountSettings } from 'dockerode';
import type { Healthcheck, Mount, Service, Stack } from '../compose/stack';
import { containerName, networkName } from './engine-names';

/** A create request for a service. Secrets are in it as paths of files only. */
export function containerOptions(
  stack: Stack,
  service: Service,
  { image, labels }: { image: string; labels: Record<string, string> },
): ContainerCreateOptions {
  const name = containerName(stack, service.name);
  const { restart } = service;
  return {
    name,
    Image: image,
    Labels: labels,
    Env: Object.entries(service.environment).map(([key, value]) => `${key}=${value}`),
    ...(service.command === undefined ? {} : { Cmd: service.command }),
    ...(service.entrypoint === undefined ? {} : { Entrypoint: service.entrypoint }),
    ...(service.user === undefined ? {} : { User: service.user }),
    ...(service.workingDir === undefined ? {} : { WorkingDir: service.workingDir }),
    ...(service.stopSignal === undefined ? {} : { StopSignal: service.stopSignal }),
    ...(service.healthcheck === undefined ? {} : { Healthcheck: healthConfig(service.healthcheck) }),
    StopTimeout: Math.ceil(service.stopGracePeriod / 1000),
    ExposedPorts: Object.fromEntries(service.ports.map(({ container }) => [`${container}/tcp`, {}])),
    HostConfig: {
      Mounts: [
        ...service.mounts.map((mount) => mountSettings(stack, mount)),
        ...secretMounts(stack, service),
      ],
      PortBindings: Object.fromEntries(
        service.ports.map(({ host, container }) => [
          `${container}/tcp`,
          [{ HostIp: '127.0.0.1', HostPort: String(host) }],
        ]),
      ),
      NetworkMode: networkName(stack),
      RestartPolicy: {
        Name: restart.name,
        ...(restart.maximumRetries === undefined ? {} : { MaximumRetryCount: restart.maximumRetries }),
      },
      ...(service.init ? { Init: true } : {}),
      ...(service.tmpfs.length === 0 ? {} : { Tmpfs: Object.fromEntries(service.tmpfs.map(tmpfsEntry)) }),
    },
    NetworkingConfig: { EndpointsConfig: { [networkName(stack)]: { Aliases: [service.name, name] } } },
  };
}

function mountSettings(stack: Stack, mount: Mount): MountSettings {
  const source = mount.kind === 'volume' ? stack.volumes[mount.volume]!.engineName : mount.source;
  return { Type: mount.kind, Source: source, Target: mount.target, ReadOnly: mount.readOnly };
}

function secretMounts(stack: Stack, { secrets }: Service): MountSettings[] {
  return secrets.map((name) => ({
    Type: 'bind',
    Source: stack.secrets[name]!.file,
    Target: `/run/secrets/${name}`,
    ReadOnly: true,
  }));
}

function tmpfsEntry(text: string): [string, string] {
  const [path = '', ...options] = text.split(':');
  return [path, options.join(':')];
}

function healthConfig({ test, interval, timeout, startPeriod, retries }: Healthcheck): HealthConfig {
  const nanoseconds = (milliseconds: number) => milliseconds * 1_000_000;
  return {
    Test: test,
    ...(interval === undefined ? {} : { Interval: nanoseconds(interval) }),
    ...(timeout === undefined ? {} : { Timeout: nanoseconds(timeout) }),
    ...(startPeriod === undefined ? {} : { StartPeriod: nanoseconds(startPeriod) }),
    ...(retries === undefined ? {} : { Retries: retries }),
  };
}
