import { z } from 'zod';
import { SECRET_FORMATS } from '../../contracts/core/secret-format';
import { network } from './fields/networks';
import { fields, flag, labels, named, text, texts } from './fields/values';
import { service } from './service-schema';
import type { SecretOrigin } from './stack';

const volume = fields({
  name: text.optional(),
  driver: z
    .literal('local', { error: 'must be local: data stays on this host, where its volume is guarded' })
    .optional(),
  external: flag
    .refine(
      (external) => !external,
      'must be left out: the volumes of a stack are its own. Declare it without external, and copy the data into it',
    )
    .optional(),
  labels: labels.optional(),
  'x-onex': fields({ keys: texts.default([]) }).optional(),
});

const mode = z.enum(['0444', '0600']).optional();
const secretExtension = z.union(
  [
    z.strictObject({ generate: z.enum(SECRET_FORMATS), from: text.optional(), mode }),
    z.strictObject({ render: text, mode }),
  ],
  {
    error:
      'must be {generate: hex-16 | hex-32 | base64-32, from?: VARIABLE, mode?} or {render: text, mode?}; mode "0444" or "0600"',
  },
);

const secret = fields({ file: text, 'x-onex': secretExtension.optional() }).transform(
  ({ file, 'x-onex': onex }) => ({
    file,
    mode: onex?.mode === '0444' ? 0o444 : 0o600,
    origin: originOf(onex),
  }),
);

function originOf(onex: z.infer<typeof secretExtension> | undefined): SecretOrigin {
  if (onex === undefined) return { kind: 'operator' };
  if ('render' in onex) return { kind: 'rendered', template: onex.render };
  return { kind: 'generated', format: onex.generate, from: onex.from };
}

const byName = <T extends z.ZodType>(value: T, what: string, pattern: RegExp) =>
  z.record(z.string().regex(pattern, 'must be letters, digits, hyphens, dots and underscores'), value, {
    error: ({ input }) => (input === undefined ? 'is missing' : `must be a map of ${what}`),
  });

/** The subset of the Compose specification that is understood; everything else is an issue. */
export const composeSchema = fields(
  {
    version: text.optional(), // means nothing in Compose any more
    name: text
      .regex(/^[a-z0-9][a-z0-9_-]*$/, 'must be lower-case letters, digits, hyphens and underscores')
      .optional(),
    services: byName(service, 'services', /^[a-zA-Z0-9._-]+$/),
    volumes: named(volume.nullable(), 'volumes').default({}),
    networks: named(network.nullable(), 'networks').default({}),
    secrets: byName(secret, 'secrets', /^[A-Za-z0-9_.-]+$/).default({}),
    configs: named(fields({ file: text }), 'configs').default({}),
  },
  'must be a map with services',
);

export type ComposeFile = z.infer<typeof composeSchema>;
