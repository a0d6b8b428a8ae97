import { z } from 'zod';
import { parseDuration } from './parse-duration';
import { parsePort } from './parse-port';
import { splitCommand } from './split-command';

/** A text that a function turns into something else; what it throws becomes the reason. */
function converted<I extends z.ZodType, O>(schema: I, convert: (value: z.output<I>) => O) {
  return schema.transform((value, context): O => {
    try {
      return convert(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
}

export const text = z.string({
  error: ({ input }) => (input === undefined ? 'is missing' : 'must be a text'),
});
export const texts = z.array(text, { error: 'must be a list of texts' });

/** `${VAR:-true}` arrives as a text. */
export const flag = z.union([z.boolean(), z.literal('true'), z.literal('false')], {
  error: 'must be true or false',
});
export const isTrue = (value: z.infer<typeof flag>) => value === true || value === 'true';

export const words = z.union([converted(text, splitCommand), texts], {
  error: 'must be a text or a list of texts',
});

export const oneOrMore = z.union([text.transform((one) => [one]), texts], {
  error: 'must be a text or a list of texts',
});

export const duration = converted(text, (value) => {
  const milliseconds = parseDuration(value);
  if (milliseconds === undefined) throw new Error(`"${value}" is not a duration such as 500ms, 10s or 1m30s`);
  return milliseconds;
});

/** KEY: value, or a list of KEY=value; undefined for a key without a value. */
export const pairs = z
  .union([z.array(text), z.record(z.string(), z.union([z.string(), z.number(), z.null()]))], {
    error: 'must be a map of texts and numbers (quote true, false, yes, no) or a list of KEY=value',
  })
  .transform((value) => new Map(Array.isArray(value) ? value.map(pair) : Object.entries(value).map(entry)));

function pair(item: string): [string, string | undefined] {
  const at = item.indexOf('=');
  return at < 0 ? [item, undefined] : [item.slice(0, at), item.slice(at + 1)];
}

function entry([key, value]: [string, string | number | null]): [string, string | undefined] {
  return [key, value === null ? undefined : String(value)];
}

const longPort = z.strictObject({
  target: z.coerce.number(),
  published: z.union([z.string(), z.number()]).optional(),
  host_ip: text.optional(),
  protocol: text.optional(),
  mode: z.literal('host').optional(),
  name: text.optional(),
});
const shortPort = z.union([text, z.number()], {
  error: 'must be a text such as 127.0.0.1:5432:5432 or a map',
});

export const port = z.unknown().transform((value, context) => {
  const parsed = (typeof value === 'object' ? longPort : shortPort).safeParse(value);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      context.addIssue({ code: 'custom', message: issue.message, path: issue.path });
    }
    return z.NEVER;
  }
  try {
    return parsePort(parsed.data);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

/** `depends_on` in either form. A `required` dependency is the only kind there is here. */
export const dependencies = z.preprocess(
  (value: unknown): unknown =>
    Array.isArray(value)
      ? Object.fromEntries(value.map((name: unknown) => [String(name), { condition: 'service_started' }]))
      : value,
  z.record(
    z.string(),
    z.strictObject({
      condition: z.enum(['service_healthy', 'service_started'], {
        error: 'must be service_healthy or service_started',
      }),
      required: z.literal(true, { error: 'only required dependencies are supported' }).optional(),
    }),
    { error: 'must be a list of services or a map' },
  ),
);
