// How every bench reports: a small table, or one JSON document with --json.
import Table from 'cli-table3';

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

export async function timed(work) {
  const started = performance.now();
  const result = await work();
  return { milliseconds: performance.now() - started, result };
}

/** `columns` are the keys of each row, in order; `notes` say what the rows do not. */
export function print({ title, columns, rows, notes = [] }) {
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify({ title, rows, notes }, undefined, 2));
    return;
  }
  const table = new Table({ head: columns, style: { head: [], border: [] } });
  for (const row of rows) table.push(columns.map((name) => row[name] ?? ''));
  console.log([title, table.toString(), ...notes].join('\n'));
}

/** Progress, so that a long bench is not silent; stdout keeps the report alone. */
export const say = (line) => process.stderr.write(`${line}\n`);
