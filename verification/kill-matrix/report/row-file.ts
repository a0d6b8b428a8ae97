import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { nameOf } from '../kill-point';
import type { Row } from '../run-point';

/** What became of one kill point, of the product as it was at a commit: a matrix may be resumed after a change. */
export interface RowAtCommit extends Row {
  commit: string;
}

/** Rows as they come, one JSON line each, so that a matrix of hours can be cut off and resumed. */
export class RowFile {
  readonly rows: RowAtCommit[];

  /** `earlier`: a report whose rows count too; without it what is at `path` is forgotten. */
  constructor(
    private readonly path: string,
    private readonly commit: string,
    earlier: string | undefined,
  ) {
    if (earlier === undefined) rmSync(path, { force: true });
    mkdirSync(dirname(path), { recursive: true });
    const known = [...rowsOfReport(earlier), ...rowsOfLines(path)];
    // A later row of the same point replaces an earlier one.
    this.rows = [...new Map(known.map((row) => [nameOf(row), row])).values()];
  }

  has(name: string): boolean {
    return this.rows.some((row) => nameOf(row) === name);
  }

  add(row: Row): void {
    const made = { ...row, commit: this.commit };
    this.rows.push(made);
    appendFileSync(this.path, `${JSON.stringify(made)}\n`);
  }
}

function rowsOfReport(path: string | undefined): RowAtCommit[] {
  if (path === undefined || !existsSync(path)) return [];
  return (JSON.parse(readFileSync(path, 'utf8')) as { rows: RowAtCommit[] }).rows;
}

function rowsOfLines(path: string): RowAtCommit[] {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line) as RowAtCommit);
}
