import type { Service, Stack } from './stack';

/** How long a service may take to be ready where its own `timeout` does not say, in milliseconds. A production Infisical migrates first. */
const DEADLINE_MS = { postgres: 90_000, valkey: 60_000, http: 240_000 } as const;

type Probed = Pick<Service, 'ready' | 'ends' | 'healthcheck'>;

/** Milliseconds in which a service must be ready. */
export const readyDeadline = (ready: NonNullable<Service['ready']>) =>
  ready.timeout ?? DEADLINE_MS[ready.protocol];

/** Where this host reaches a port that is published on an address: `127.0.0.1`, also for one on every address. */
export function reachedAt(address = '127.0.0.1'): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

/** The same with the port: `127.0.0.1:5436`. */
const place = (port: number, address?: string) => {
  const host = reachedAt(address);
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
};

/** Where a service's port listens for other machines too: `0.0.0.0:6379`. */
export const openPorts = ({ ports }: Pick<Service, 'ports'>): string[] =>
  ports.flatMap(({ address, host }) =>
    address === undefined || address === '::1' || address.startsWith('127.')
      ? []
      : [`${address.includes(':') ? `[${address}]` : address}:${host}`],
  );

/** What ready means for a service, in words: `a login as infisical on 127.0.0.1:5436`. */
export function readyWhen({ ready, ends, healthcheck }: Probed): string {
  switch (ready?.protocol) {
    case undefined:
      if (ends === 'awaited') return 'it ends with code 0';
      return isChecked(healthcheck) ? 'its health check passes' : 'it runs';
    case 'postgres':
      return `a login as ${ready.user} on ${place(ready.port, ready.host)}`;
    case 'valkey':
      return `an answer to PING on ${place(ready.port, ready.host)}`;
    case 'http':
      return `an answer from http://${place(ready.port, ready.host)}${ready.path}`;
  }
}

/** Where the host reaches a service: `127.0.0.1:5436`, or a URL where it speaks HTTP; undefined where it publishes nothing. */
export function addressOf({ ready, ports: [first] }: Pick<Service, 'ready' | 'ports'>): string | undefined {
  if (ready === undefined) return first && place(first.host, first.address);
  const address = place(ready.port, ready.host);
  return ready.protocol === 'http' ? `http://${address}` : address;
}

const isChecked = (healthcheck: Service['healthcheck']) =>
  healthcheck !== undefined && healthcheck.test[0] !== 'NONE';

/** The name of the secret that a service's login needs. */
export const loginSecret = ({ ready }: Pick<Service, 'ready'>): string | undefined =>
  ready !== undefined && 'password' in ready ? ready.password : undefined;

/** The services that keep their data in a volume of the stack. */
export const servicesOn = (services: Stack['services'], volume: string): Service[] =>
  Object.values(services).filter(({ mounts }) =>
    mounts.some((mount) => mount.kind === 'volume' && mount.volume === volume),
  );
