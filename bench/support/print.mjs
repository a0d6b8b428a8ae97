// How every bench reports: a small table, or one JSON document with --json.
import Table from 'cli-table3';

export const median = (values) => quantile(values, 0.5);

/** The value that `share` (0 to 1) of the others do not exceed. */
export const quantile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

export const round = (value, digits = 2) => Number(value.toFixed(digits));

export async function timed(work) {
  const started = performance.now();
  const result = await work();
  return { milliseconds: performance.now() - started, result };
}

/** `columns` are the keys of each row, in order; `notes` say what the rows do not. */
export function print(report) {
  const { title, rows, notes = [] } = report;
  if (process.argv.includes('--json')) console.log(JSON.stringify({ title, rows, notes }, undefined, 2));
  else console.log(asTable(report));
}

/** Several reports of one run: tables below each other, or one JSON array. */
export function printAll(reports) {
  if (process.argv.includes('--json')) {
    const documents = reports.map(({ title, rows, notes = [] }) => ({ title, rows, notes }));
    console.log(JSON.stringify(documents, undefined, 2));
  } else console.log(reports.map(asTable).join('\n\n'));
}

function asTable({ title, columns, rows, notes = [] }) {
  const table = new Table({ head: columns, style: { head: [], border: [] } });
  for (const row of rows) table.push(columns.map((name) => row[name] ?? ''));
  return [title, table.toString(), ...notes].join('\n');
}

/** Progress, so that a long bench is not silent; stdout keeps the report alone. */
export const say = (line) => process.stderr.write(`${line}\n`);
