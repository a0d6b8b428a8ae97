import type { Service, Stack } from './stack';

/** How long a service may take to be ready where its own `timeout` does not say, in milliseconds. A production Infisical migrates first. */
const DEADLINE_MS = { postgres: 90_000, valkey: 60_000, http: 240_000 } as const;

type Probed = Pick<Service, 'ready'>;

/** Milliseconds in which a service must be ready. */
export const readyDeadline = (ready: NonNullable<Service['ready']>) =>
  ready.timeout ?? DEADLINE_MS[ready.protocol];

/** What ready means for a service, in words: `a login as infisical on 127.0.0.1:5436`. */
export function readyWhen({ ready }: Probed): string {
  switch (ready?.protocol) {
    case undefined:
      return 'it runs';
    case 'postgres':
      return `a login as ${ready.user} on 127.0.0.1:${ready.port}`;
    case 'valkey':
      return `an answer to PING on 127.0.0.1:${ready.port}`;
    case 'http':
      return `an answer from http://127.0.0.1:${ready.port}${ready.path}`;
  }
}

/** Where the host reaches a service: `127.0.0.1:5436`, or a URL where it speaks HTTP; undefined where it publishes nothing. */
export function addressOf({ ready, ports: [first] }: Pick<Service, 'ready' | 'ports'>): string | undefined {
  const port = ready?.port ?? first?.host;
  if (port === undefined) return undefined;
  return ready?.protocol === 'http' ? `http://127.0.0.1:${port}` : `127.0.0.1:${port}`;
}

/** The name of the secret that a service's login needs. */
export const loginSecret = ({ ready }: Probed): string | undefined =>
  ready !== undefined && 'password' in ready ? ready.password : undefined;

/** The services that keep their data in a volume of the stack. */
export const servicesOn = (services: Stack['services'], volume: string): Service[] =>
  Object.values(services).filter(({ mounts }) =>
    mounts.some((mount) => mount.kind === 'volume' && mount.volume === volume),
  );
