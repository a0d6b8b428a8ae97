import { z } from 'zod';
import type { Mount, PublishedPort } from './stack';

/** A value that a function turns into something else; what it throws becomes the reason. */
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
const textOrTexts = z.union([text, texts], { error: 'must be a text or a list of texts' });

/** `${VAR:-true}` arrives as a text. */
export const flag = z
  .union([z.boolean(), z.literal('true'), z.literal('false')], { error: 'must be true or false' })
  .transform((value) => value === true || value === 'true');

export const oneOrMore = textOrTexts.transform((value) => (Array.isArray(value) ? value : [value]));

const WORD = /(?:[^\s"'\\]+|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs;
const PIECE = /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'\\]+)/gs;

/** A command: a list of words, or one text that is split by the shell's rules of quoting; nothing is expanded. */
export const words = converted(textOrTexts, (value): string[] => {
  if (Array.isArray(value)) return value;
  if (value.replaceAll(WORD, '').trim() !== '') throw new Error('a quote is not closed');
  return (value.match(WORD) ?? []).map((word) =>
    word.replaceAll(
      PIECE,
      (_, escaped?: string, double?: string, single?: string, plain?: string) =>
        escaped ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? single ?? plain ?? '',
    ),
  );
});

const UNITS = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|h|m|s)/g;

/** Milliseconds of `1m30s` or `500ms`. */
export const duration = converted(text, (value): number => {
  if (value === '' || value.replaceAll(PART, '') !== '')
    throw new Error(`"${value}" is not a duration such as 500ms, 10s or 1m30s`);
  return [...value.matchAll(PART)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit as keyof typeof UNITS],
    0,
  );
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

const NAMED = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** A volume's short form: `name:/target[:ro]` or `./source:/target[:ro]`. The source is as it is written. */
export const mount = converted(text, (value): Mount => {
  const [source = '', target = '', mode = 'rw', ...rest] = value.split(':');
  if (!target.startsWith('/') || rest.length > 0)
    throw new Error(
      `"${value}" is not supported: write NAME:/path or ./source:/path, with :ro where read-only`,
    );
  if (mode !== 'ro' && mode !== 'rw') throw new Error(`mode "${mode}" is not supported: ro or rw`);
  const readOnly = mode === 'ro';
  return NAMED.test(source)
    ? { kind: 'volume', volume: source, target, readOnly }
    : { kind: 'bind', source, target, readOnly };
});

const SHORT_PORT =
  /^(?:(?<host_ip>\[[^\]]*\]|[^:]*):)?(?<published>\d+):(?<target>\d+)(?:\/(?<protocol>\w+))?$/;

const longPort = z.strictObject(
  {
    target: z.coerce.number(),
    published: z.union([z.string(), z.number()]).optional(),
    host_ip: text.default(''),
    protocol: text.default('tcp'),
    mode: z.literal('host').optional(),
    name: text.optional(),
  },
  { error: 'must be a text such as 127.0.0.1:5432:5432 or a map' },
);

/** One TCP port on 127.0.0.1, in either form of Compose. */
export const port = z.preprocess(
  (value, context) => {
    if (typeof value !== 'string' && typeof value !== 'number') return value;
    const groups = SHORT_PORT.exec(String(value))?.groups;
    if (groups !== undefined) return { ...groups };
    const rule = 'write 127.0.0.1:HOST:CONTAINER, single ports, with a fixed host port';
    context.addIssue({ code: 'custom', message: `"${value}" is not supported: ${rule}` });
    return z.NEVER;
  },
  converted(longPort, ({ target, published, host_ip, protocol }): PublishedPort => {
    if (published === undefined) throw new Error('needs a fixed host port: published');
    const host = Number(published);
    if (protocol !== 'tcp') throw new Error(`${protocol}: only tcp ports are supported`);
    if (host_ip !== '127.0.0.1')
      throw new Error(`publishes on ${host_ip || 'every address'}: write 127.0.0.1:${host}:${target}`);
    for (const number of [host, target]) {
      if (!Number.isInteger(number) || number < 1 || number > 65_535)
        throw new Error(`${number} is not a port (1 to 65535)`);
    }
    return { host, container: target };
  }),
);

/** `depends_on` in either form. A `required` dependency is the only kind there is here. */
export const dependencies = z
  .preprocess(
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
  )
  .transform((value) => Object.entries(value).map(([service, { condition }]) => ({ service, condition })));
