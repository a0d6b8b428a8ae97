import { z } from 'zod';
import type { Dependency } from '../stack';
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

/** `depends_on` in either form. */
export const dependencies = either(
  texts,
  named(dependency, 'services'),
  'must be a list of services or a map',
).transform((value): Dependency[] =>
  Array.isArray(value)
    ? value.map((service) => ({ service, condition: 'service_started' }))
    : Object.entries(value).map(([service, { condition, required }]) => ({
        service,
        condition,
        ...(!required && { optional: true }),
      })),
);
