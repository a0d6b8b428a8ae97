import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { nameOf } from '../kill-point';
import type { Row } from '../run-point';

/** Rows as they come, one JSON line each, so that a matrix of hours can be cut off and resumed. */
export class RowFile {
  readonly rows: Row[];

  constructor(
    private readonly path: string,
    { resume }: { resume: boolean },
  ) {
    if (!resume) rmSync(path, { force: true });
    mkdirSync(dirname(path), { recursive: true });
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
    // A later row of the same point replaces an earlier one.
    const byName = new Map(lines.map((line) => JSON.parse(line) as Row).map((row) => [nameOf(row), row]));
    this.rows = [...byName.values()];
  }

  has(name: string): boolean {
    return this.rows.some((row) => nameOf(row) === name);
  }

  add(row: Row): void {
    this.rows.push(row);
    appendFileSync(this.path, `${JSON.stringify(row)}\n`);
  }
}
