const UNITS = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|h|m|s)/g;

/** Milliseconds of a Compose duration such as `1m30s` or `500ms`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (text === '' || text.replaceAll(PART, '') !== '') return undefined;
  return [...text.matchAll(PART)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit as keyof typeof UNITS],
    0,
  );
}
