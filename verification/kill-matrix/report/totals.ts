import type { Row } from '../run-point';

export interface Totals {
  /** Kills that were done; a victim that did not run at its moment is none. */
  runs: number;
  /** Things, not runs: one run may lose several. */
  lost: number;
  orphaned: number;
  duplicated: number;
  leaked: number;
  /** Points that a run did not come to, so that nothing is known of them. */
  notReached: number;
}

export function totalsOf(rows: readonly Row[]): Totals {
  const sum = (kind: 'lost' | 'orphaned' | 'duplicated' | 'leaked') =>
    rows.reduce((total, row) => total + row[kind].length, 0);
  return {
    runs: rows.filter(({ seconds }) => seconds !== undefined).length,
    lost: sum('lost'),
    orphaned: sum('orphaned'),
    duplicated: sum('duplicated'),
    leaked: sum('leaked'),
    notReached: rows.filter(({ outcome }) => outcome === 'not reached').length,
  };
}

export const isFlawless = ({ runs: _, ...faults }: Totals) =>
  Object.values(faults).every((count) => count === 0);
