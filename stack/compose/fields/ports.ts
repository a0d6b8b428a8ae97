import { isIP } from 'node:net';
import { z } from 'zod';
import { converted, text } from './values';

/** A TCP port of the container on the host. */
export interface PublishedPort {
  host: number;
  container: number;
  /** The host's address where it is another than 127.0.0.1; 0.0.0.0 is every one. */
  address?: string;
  /** The variable that chose the host port, for messages. */
  variable?: string | undefined;
}

const SHORT =
  /^(?:(?:(?<host_ip>\[[^\]]*\]|[^:]*):)?(?<published>\d+):)?(?<target>\d+)(?:\/(?<protocol>\w+))?$/;

const long = z.strictObject(
  {
    target: text,
    published: text.optional(),
    host_ip: text.default(''),
    protocol: text.default('tcp'),
    mode: z.enum(['host', 'ingress'], { error: 'must be host or ingress' }).optional(),
    name: text.optional(),
    app_protocol: text.optional(),
  },
  {
    error: ({ code }) =>
      code === 'invalid_type' ? 'must be a text such as 127.0.0.1:5432:5432 or a map' : undefined,
  },
);

/** One TCP port of the host, in either form of Compose. */
export const port = z.preprocess(
  (value, context) => {
    if (typeof value !== 'string') return value;
    const groups = SHORT.exec(value)?.groups;
    if (groups !== undefined) {
      const given = Object.entries(groups).filter(([, part]) => part !== undefined);
      return Object.fromEntries(given);
    }
    const message = 'write 127.0.0.1:HOST:CONTAINER, single ports, with a fixed host port';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  },
  converted(long, ({ target, published, host_ip, protocol }): PublishedPort => {
    if (published === undefined)
      throw new Error(
        'needs a fixed host port, such as 127.0.0.1:8080:8080; one that only other services use belongs into expose',
      );
    if (protocol !== 'tcp') throw new Error('only tcp ports are supported');
    const address = host_ip.replace(/^\[(.*)\]$/, '$1') || '0.0.0.0';
    if (isIP(address) === 0) throw new Error('no such address: write 127.0.0.1, 0.0.0.0 or one of this host');
    const [host, container] = [published, target].map((given) => {
      const number = Number(given);
      if (Number.isInteger(number) && number >= 1 && number <= 65_535) return number;
      throw new Error('must be ports from 1 to 65535');
    }) as [number, number];
    return { host, container, ...(address === '127.0.0.1' ? {} : { address }) };
  }),
);

/** `8080` or `8080/udp`: seen by the other services, which reach every port anyway. */
export const exposed = z.array(
  text
    .regex(/^\d+(-\d+)?(\/(tcp|udp))?$/, 'must be a port such as 8080')
    .transform((value) => (value.includes('/') ? value : `${value}/tcp`)),
  { error: 'must be a list of ports' },
);
