import type { NodeRow } from '../../contracts/report/node-row';
import type { MissingKey } from '../../contracts/report/seed-report';
import type { Terminal } from '../terminal';

/** Each missing key with its owners, and each node that is withheld for it. */
export function renderMissing(missing: MissingKey[], nodes: NodeRow[], { line, paint }: Terminal): void {
  for (const { folder, key, owners, required } of missing) {
    const who = owners.join(', ');
    if (required) line(paint('red', `  missing: ${folder}/${key}  needed by ${who}`));
    else line(paint('dim', `  optional: ${folder}/${key}  not given, ${who} can do without`));
  }
  for (const { node, file, missingRequired } of nodes) {
    if (file === 'withheld') line(paint('red', `  withheld: ${node} lacks ${missingRequired.join(', ')}`));
  }
}
