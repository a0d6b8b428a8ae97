import type { ScalarTag, Tags } from 'yaml';

/** A number of more characters stays a text: to calculate with a million digits takes minutes. */
const MOST_DIGITS = 400;

const scalar = (tag: string, test: RegExp, resolve: (text: string) => unknown): ScalarTag => ({
  tag: `tag:yaml.org,2002:${tag}`,
  default: true,
  test,
  resolve: (text) => (text.length > MOST_DIGITS ? text : resolve(text)),
});

const plain = (text: string) => text.replaceAll('_', '');
const negative = (text: string) => text.startsWith('-');

function integer(text: string): bigint {
  const digits = plain(text).replace(/^[-+]/, '');
  const octal = /^0[0-7]+$/.test(digits);
  const value = digits.includes(':')
    ? digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n)
    : BigInt(octal ? `0o${digits.slice(1)}` : digits);
  return negative(text) ? -value : value;
}

function float(text: string): number {
  const digits = plain(text).toLowerCase().replace(/^[-+]/, '');
  if (digits === '.nan') return NaN;
  const value =
    digits === '.inf' ? Infinity : digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return negative(text) ? -value : value;
}

// Kept as the text that Python prints, since nothing here calculates with dates.
function timestamp(text: string): string {
  const [, date = '', hour, minutes, fraction = '', zone = ''] = moment.exec(text) ?? [];
  const day = date.split('-').map(two).join('-');
  if (hour === undefined) return day;
  const micros = fraction === '' ? '' : `.${fraction.slice(0, 6).padEnd(6, '0')}`;
  const [zoneHour = '', zoneMinute = '00'] = zone.slice(1).split(':');
  const offset =
    zone === 'Z' ? '+00:00' : zone === '' ? '' : `${zone.slice(0, 1)}${two(zoneHour)}:${zoneMinute}`;
  return `${day} ${two(hour)}${minutes}${micros}${offset}`;
}

const two = (digits: string) => digits.padStart(2, '0');
const moment =
  /^(\d{4}-\d\d?-\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?)(:\d\d:\d\d)(?:\.(\d*))?(?:[ \t]*(Z|[-+]\d\d?(?::\d\d)?))?)?$/;

const pythonScalars: ScalarTag[] = [
  scalar('bool', /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/, () => true),
  scalar('bool', /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/, () => false),
  scalar(
    'int',
    /^(?:[-+]?0b_*[01][01_]*|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x_*[\da-fA-F][\da-fA-F_]*|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
    integer,
  ),
  scalar(
    'float',
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
    float,
  ),
  scalar('timestamp', /^\d{4}-\d\d-\d\d$/, timestamp),
  scalar(
    'timestamp',
    /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
    timestamp,
  ),
];

const replaced = ['bool', 'int', 'float', 'timestamp'].map((name) => `tag:yaml.org,2002:${name}`);

/** The YAML 1.1 types as PyYAML resolves them: `y` and `1e3` are strings, integers are bigint, floats number. */
export function pythonTags(tags: Tags): Tags {
  return [...tags.filter((tag) => typeof tag === 'string' || !replaced.includes(tag.tag)), ...pythonScalars];
}

/** What Python's `str()` makes of a YAML scalar; undefined for anything that is not one. */
export function pythonString(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return value.toString();
    case 'number':
      return pythonFloat(value);
    default:
      return value === null ? 'None' : undefined;
  }
}

function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const magnitude = Math.abs(value);
  if (value !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    return value.toExponential().replace(/e([-+])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

const TYPES: Partial<Record<string, string>> = {
  string: 'str',
  boolean: 'bool',
  bigint: 'int',
  number: 'float',
};

/** The name Python gives to a YAML value's type, for messages. */
export const pythonType = (value: unknown): string =>
  TYPES[typeof value] ??
  (Array.isArray(value) ? 'list' : value === null || value === undefined ? 'NoneType' : 'dict');
