import { FAULT_SHARES, type FaultKind } from '../fault-plan';
import type { Row } from '../run-plan';

export interface Totals {
  runs: number;
  finishedAtOnce: number;
  cleanFailures: number;
  broken: number;
  /** Things, not runs: one run may lose several. */
  lost: number;
  orphaned: number;
  duplicated: number;
  leaked: number;
  /** Requests that met a fault. */
  faultsMet: number;
}

export function totalsOf(rows: readonly Row[]): Totals {
  const ended = (outcome: Row['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  const sum = (kind: 'lost' | 'orphaned' | 'duplicated' | 'leaked') =>
    rows.reduce((total, row) => total + row[kind].length, 0);
  return {
    runs: rows.length,
    finishedAtOnce: ended('finished at once'),
    cleanFailures: ended('clean failure'),
    broken: ended('broken'),
    lost: sum('lost'),
    orphaned: sum('orphaned'),
    duplicated: sum('duplicated'),
    leaked: sum('leaked'),
    faultsMet: rows.reduce((total, { met }) => total + met.length, 0),
  };
}

/** How many requests met each kind of fault. */
export function metByKind(rows: readonly Row[]): Record<string, number> {
  const met = rows.flatMap((row) => row.met);
  const kinds = Object.keys(FAULT_SHARES) as FaultKind[];
  return Object.fromEntries(kinds.map((kind) => [kind, met.filter(({ fault }) => fault === kind).length]));
}

/** Median and worst of the disturbed runs, in seconds. */
export function times(rows: readonly Row[]): { median: number; worst: number } {
  const seconds = rows.map((row) => row.seconds).sort((a, b) => a - b);
  return { median: seconds[Math.floor(seconds.length / 2)] ?? 0, worst: seconds.at(-1) ?? 0 };
}

/** The failures, each once, and how often they came. */
export function failures(rows: readonly Row[]): Record<string, number> {
  const texts = rows
    .flatMap(({ failure }) => failure ?? [])
    .map((text) => text.replace(/127\.0\.0\.1:\d+/g, 'ADDRESS'));
  return Object.fromEntries(
    [...new Set(texts)].map((text) => [text, texts.filter((one) => one === text).length]),
  );
}
