import { z } from 'zod';

/** A value that a function turns into something else; what it throws becomes the reason, so that this never quotes the value: it may come from a variable. */
export function converted<I extends z.ZodType, O>(schema: I, convert: (value: z.output<I>) => O) {
  return schema.transform((value, context): O => {
    try {
      return convert(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
}

/** One of two forms; `rule` is said of what has the outline of neither. */
export const either = <A extends z.ZodType, B extends z.ZodType>(a: A, b: B, rule: string) =>
  z.union([a, b], { error: ({ errors }) => (errors.some(isInside) ? undefined : rule) });

/** Whether only parts of something are wrong, so that its form was meant. */
const isInside = (issues: { path: PropertyKey[] }[]) =>
  issues.length > 0 && issues.every(({ path }) => path.length > 0);

const isMap = (input: unknown): input is object =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

/** A map with exactly these fields; x- fields, which Compose ignores, and fields without a value are as if absent. */
export const fields = <S extends z.ZodRawShape>(shape: S, rule = 'must be a map') =>
  z.preprocess(
    (value) =>
      isMap(value)
        ? Object.fromEntries(
            Object.entries(value).filter(
              ([key, item]) => item !== null && (!key.startsWith('x-') || key === 'x-onex'),
            ),
          )
        : value,
    z.strictObject(shape, { error: ({ code }) => (code === 'invalid_type' ? rule : undefined) }),
  );

/** Anything by name. */
export const named = <T extends z.ZodType>(value: T, what: string) =>
  z.record(z.string(), value, {
    error: ({ input }) => (isMap(input) ? undefined : `must be a map of ${what}`),
  });

export const text = z.string({
  error: ({ input }) => (input === undefined ? 'is missing' : 'must be a text'),
});
export const texts = z.array(text, { error: 'must be a list of texts' });
const textOrTexts = either(text, texts, 'must be a text or a list of texts');

const FLAGS = { true: true, yes: true, on: true, y: true, false: false, no: false, off: false, n: false };

export const flag = converted(text, (value): boolean => {
  const key = value.toLowerCase();
  if (Object.hasOwn(FLAGS, key)) return FLAGS[key as keyof typeof FLAGS];
  throw new Error('must be true or false');
});

export const number = converted(text, (value): number => {
  if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value)) return Number(value);
  throw new Error('must be a number');
});

export const wholeNumber = number.pipe(z.int({ error: 'must be a whole number' }));

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

const UNITS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 1e-3, ns: 1e-6 };
const PART = /(\d+(?:\.\d+)?)(ms|us|ns|w|d|h|m|s)/g;

/** Milliseconds of `1m30s` or `500ms`. */
export const duration = converted(text, (value): number => {
  if (value === '' || value.replaceAll(PART, '') !== '')
    throw new Error('must be a duration such as 500ms, 10s or 1m30s');
  return [...value.matchAll(PART)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit as keyof typeof UNITS],
    0,
  );
});

const SIZE = /^(\d+(?:\.\d+)?) ?(?:([bkmgtp])(?:i?b)?)?$/i;

/** Bytes of `512m`, `1.5GiB` or a number; as in Compose a k is 1024. */
export const bytes = converted(text, (value): number => {
  const [, amount, unit = 'b'] = SIZE.exec(value) ?? [];
  if (amount === undefined) throw new Error('must be a size such as 512m or 1g');
  return Math.floor(Number(amount) * 1024 ** 'bkmgtp'.indexOf(unit.toLowerCase()));
});

/** KEY: value, or a list of KEY=value; undefined for a key without a value. */
export const pairs = either(
  z.array(text),
  z.record(z.string(), z.string({ error: 'must be a text, a number, true or false' }).nullable()),
  'must be a map or a list of KEY=value',
).transform((value) =>
  Array.isArray(value)
    ? new Map(value.map(pair))
    : new Map(Object.entries(value).map(([key, item]) => [key, item ?? undefined])),
);

function pair(item: string): [string, string | undefined] {
  const at = item.indexOf('=');
  return at < 0 ? [item, undefined] : [item.slice(0, at), item.slice(at + 1)];
}

/** The same where a key without a value has a blank one. */
export const labels = pairs.transform((map) =>
  Object.fromEntries([...map].map(([key, value]) => [key, value ?? ''])),
);
