import type Docker from 'dockerode';
import type { ContainerCreateOptions, HealthConfig, MountSettings } from 'dockerode';
import { badInput, refused, unavailable } from '../../contracts/core/failures';
import type { Healthcheck, Service, Stack } from '../compose/stack';
import { engineMessage, statusOf, tolerate } from './engine-error';
import { containerName, networkName } from './labels';
import { portTaken } from './ports';

interface ContainerSpec {
  image: string;
  labels: Record<string, string>;
}

/** Creates the container of a service, not started. Returns its id. */
export async function createContainer(
  engine: Docker,
  stack: Stack,
  service: Service,
  spec: ContainerSpec,
): Promise<string> {
  try {
    return (await engine.createContainer(containerOptions(stack, service, spec))).id;
  } catch (error) {
    const message = engineMessage(error);
    switch (statusOf(error)) {
      case 400:
        throw badInput(`${service.name} cannot be created: ${message}`);
      case 404:
        throw unavailable(
          `${service.name} cannot be created: ${message} (its image has been removed meanwhile)`,
        );
      case 409:
        throw refused(
          `Container ${containerName(stack, service.name)} was created by something else at the same moment: ${message}. Run again.`,
        );
      default:
        throw error;
    }
  }
}

const PORT_TAKEN = /port is already allocated|address already in use/;
const PORT = /(?:\d+\.\d+\.\d+\.\d+|\]|:):(\d+)/;

/** Starts a container. Ask for its ending first, so that no end is missed. */
export async function startContainer(
  engine: Docker,
  stack: Stack,
  service: Service,
  containerId: string,
): Promise<void> {
  try {
    await tolerate(engine.getContainer(containerId).start(), 304);
  } catch (error) {
    const message = engineMessage(error);
    if (PORT_TAKEN.test(message)) {
      const number = Number(PORT.exec(message)?.[1]);
      const port = service.ports.find(({ host }) => host === number) ?? service.ports[0];
      throw await portTaken(engine, service, port?.host ?? number);
    }
    if (statusOf(error) !== 400) throw error;
    throw badInput(
      `${service.name} cannot start: ${message}. Correct its command or image in ${stack.file ?? 'the stack'}.`,
    );
  }
}

/** A create request for a service. Secrets are in it as paths of files only. */
function containerOptions(
  stack: Stack,
  service: Service,
  { image, labels }: ContainerSpec,
): ContainerCreateOptions {
  const name = containerName(stack, service.name);
  const { command, entrypoint, user, workingDir, stopSignal, healthcheck, restart } = service;
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
    StopTimeout: Math.ceil(service.stopGracePeriod / 1000),
    ExposedPorts: Object.fromEntries(service.ports.map(({ container }) => [`${container}/tcp`, {}])),
    HostConfig: {
      Mounts: mountsOf(stack, service),
      PortBindings: Object.fromEntries(
        service.ports.map(({ host, container }) => [
          `${container}/tcp`,
          [{ HostIp: '127.0.0.1', HostPort: String(host) }],
        ]),
      ),
      NetworkMode: networkName(stack),
      RestartPolicy: {
        Name: restart.name,
        ...(restart.maximumRetries !== undefined && { MaximumRetryCount: restart.maximumRetries }),
      },
      ...(service.init && { Init: true }),
      ...(service.tmpfs.length > 0 && { Tmpfs: Object.fromEntries(service.tmpfs.map(tmpfsEntry)) }),
    },
    NetworkingConfig: { EndpointsConfig: { [networkName(stack)]: { Aliases: [service.name, name] } } },
  };
}

function mountsOf(stack: Stack, { mounts, secrets }: Service): MountSettings[] {
  const declared = mounts.map((mount): MountSettings => ({
    Type: mount.kind,
    Source: mount.kind === 'volume' ? stack.volumes[mount.volume]!.engineName : mount.source,
    Target: mount.target,
    ReadOnly: mount.readOnly,
  }));
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

function healthConfig({ test, interval, timeout, startPeriod, retries }: Healthcheck): HealthConfig {
  const times = { Interval: interval, Timeout: timeout, StartPeriod: startPeriod };
  const given = Object.entries(times).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return {
    Test: test,
    ...Object.fromEntries(given.map(([key, milliseconds]) => [key, milliseconds * 1_000_000])),
    ...(retries !== undefined && { Retries: retries }),
  };
}
