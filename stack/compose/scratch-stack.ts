import { mapValues } from '../../contracts/core/record';
import { infisicalServices } from './infisical-service';
import { dependenciesOf, outlineStack } from './order';
import type { Mount } from './fields/mounts';
import type { Service, Stack } from './stack';

/** What a copy of a stack has of its own. */
interface Scratch {
  /** Its project: prefix of containers, volumes and networks. */
  name: string;
  /** Free ports of this host by the stack's own. */
  ports: Readonly<Record<number, number>>;
  /** Where its passwords and keys are, a file each. */
  secretsDir: string;
}

/** The services that Infisical needs, with itself. */
export function infisicalAndNeeded(stack: Stack): Service[] {
  const [infisical] = infisicalServices(stack);
  if (infisical === undefined) return [];
  const needed = dependenciesOf(outlineStack(stack).services, infisical.name);
  return [...needed, infisical.name].map((name) => stack.services[name]!);
}

/**
 * A copy of Infisical and what it needs that runs beside the stack and shares nothing with it: no name, no port, no volume, no
 * network, no label that a proxy could follow; folders of the host only to read.
 */
export function scratchStack(stack: Stack, { name, ports, secretsDir }: Scratch): Stack {
  const services = infisicalAndNeeded(stack).map((service): Service => {
    const { ready, networks } = service;
    return {
      ...service,
      containerName: undefined,
      restart: { name: 'no' },
      labels: {},
      ports: service.ports.map(({ host, container }) => ({ host: ports[host]!, container })),
      ready: ready && { ...ready, port: ports[ready.port]!, host: undefined },
      mounts: service.mounts.map((mount): Mount =>
        mount.kind === 'volume'
          ? mount
          : { kind: 'bind', source: mount.source, target: mount.target, readOnly: true },
      ),
      networks: networks?.map(({ name: network, aliases }) => ({ name: network, aliases })),
    };
  });
  return {
    name,
    file: stack.file,
    services: Object.fromEntries(services.map((service) => [service.name, service])),
    networks: mapValues(stack.networks, (network) => ({
      name: network.name,
      engineName: `${name}_${network.name}`,
      external: false,
      internal: network.internal,
      options: {},
      labels: {},
      subnets: [],
    })),
    volumes: mapValues(stack.volumes, (volume) => ({
      ...volume,
      engineName: `${name}_${volume.name}`,
      labels: {},
    })),
    secrets: mapValues(stack.secrets, (secret) => ({ ...secret, file: `${secretsDir}/${secret.name}` })),
  };
}
