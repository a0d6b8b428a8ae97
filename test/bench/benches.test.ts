import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const bench = join(__dirname, '..', '..', 'bench');
const MINUTES = 300_000;

/** Each bench as small as it goes: it still measures what it says, on the product of today. */
const SMALL: Record<string, string[]> = {
  'backup.mjs': ['--sizes', '20'],
  'fleet-processes.mjs': ['--sizes', '2', '--nodes', '3'],
  'fleet.mjs': ['--sizes', '3'],
  'no-op.mjs': ['--runs', '1'],
  'plan.mjs': ['--contracts', '10'],
  'reads.mjs': ['--rounds', '1'],
  'recovery.mjs': ['--runs', '1'],
  'scale.mjs': ['--sizes', '5'],
  'seed.mjs': ['--keys', '20'],
  'stack.mjs': ['--runs', '1'],
};

interface Report {
  title: string;
  rows: Record<string, string | number | null>[];
}

const isMeasured = (cell: string | number | null) =>
  cell !== null && cell !== '' && !/NaN|undefined|Infinity/.test(`${cell}`);

describe('the benches', () => {
  it('are all tried', () => {
    const there = readdirSync(bench).filter((name) => name.endsWith('.mjs'));
    expect(Object.keys(SMALL).sort()).toEqual(there.sort());
  });

  it.each(Object.keys(SMALL))(
    '%s measures all that it names',
    async (name) => {
      const program = [join(bench, name), ...SMALL[name]!, '--json'];
      const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: MINUTES });
      const reports = [JSON.parse(stdout) as Report | Report[]].flat();
      expect(reports.flatMap(({ rows }) => rows).length).toBeGreaterThan(0);
      for (const { title, rows } of reports) {
        expect({ title, rows: rows.length }).not.toEqual({ title, rows: 0 });
        const cells = rows.flatMap((row) => Object.entries(row));
        expect(cells.filter(([, cell]) => !isMeasured(cell))).toEqual([]);
      }
    },
    MINUTES,
  );
});
