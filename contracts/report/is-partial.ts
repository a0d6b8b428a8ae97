import type { NodeRow } from './node-row';
import type { SeedReport } from './seed-report';

/** Whether something that is required is not there: up in part, exit code 4. */
export function isPartial(seed: SeedReport | undefined, nodes: readonly NodeRow[]): boolean {
  const missed = seed?.missing.some(({ required }) => required) ?? false;
  return missed || nodes.some(({ file }) => file === 'withheld');
}
