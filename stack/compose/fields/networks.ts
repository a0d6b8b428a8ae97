import { z } from 'zod';
import { either, fields, flag, labels, named, text, texts } from './values';

const attachment = fields({
  aliases: texts.default([]),
  ipv4_address: text.optional(),
  priority: text.optional(),
});

/** The networks of a service, as a list of names or a map; `address` is a fixed one in it. */
export const serviceNetworks = either(
  texts.transform((names) => Object.fromEntries(names.map((name) => [name, null]))),
  named(attachment.nullable(), 'networks'),
  'must be a list of networks or a map',
).transform((networks) =>
  Object.entries(networks).map(([name, joined]) => ({
    name,
    aliases: joined?.aliases ?? [],
    ...(joined?.ipv4_address !== undefined && { address: joined.ipv4_address }),
  })),
);

const subnet = fields({ subnet: text.optional(), gateway: text.optional(), ip_range: text.optional() });

/** A network of the stack, or one that somebody else made. */
export const network = fields({
  name: text.optional(),
  driver: z.literal('bridge', { error: 'must be bridge' }).optional(),
  driver_opts: named(text, 'texts').optional(),
  external: flag.default(false),
  internal: flag.default(false),
  attachable: flag.optional(),
  labels: labels.optional(),
  ipam: fields({
    driver: z.literal('default').optional(),
    config: z.array(subnet, { error: 'must be a list of {subnet, gateway}' }).default([]),
  }).optional(),
});
