import { z } from 'zod';
import { either, fields, flag, named, texts } from './values';

const dependency = fields({
  condition: z
    .enum(['service_healthy', 'service_started', 'service_completed_successfully'], {
      error: 'must be service_started, service_healthy or service_completed_successfully',
    })
    .default('service_started'),
  required: flag.default(true),
  restart: flag
    .refine((restart) => !restart, 'must be left out: a service is not restarted with what it depends on')
    .optional(),
});

/** `depends_on` in either form; the stack may be without what is `optional`. */
export const dependencies = either(
  texts.transform((names) => Object.fromEntries(names.map((name) => [name, dependency.parse({})]))),
  named(dependency, 'services'),
  'must be a list of services or a map',
).transform((needs) =>
  Object.entries(needs).map(([service, { condition, required }]) => ({
    service,
    condition,
    ...(!required && { optional: true }),
  })),
);
