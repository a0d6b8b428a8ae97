import { PHASES, VICTIMS, type Victim } from '../kill-point';
import type { Row } from '../run-point';
import { totalsOf } from './totals';

/** Rows by victim and by phase, as Markdown. */
export function tables(rows: readonly Row[]): string {
  return [
    ...byVictim(rows),
    '',
    '| recovered of killed | ' + VICTIMS.join(' | ') + ' |',
    '| --- |' + ' --- |'.repeat(VICTIMS.length),
    ...PHASES.map((phase) => {
      const cells = VICTIMS.map((victim) =>
        share(rows.filter((row) => row.phase === phase && row.victim === victim)),
      );
      return `| ${phase} | ${cells.join(' | ')} |`;
    }),
  ].join('\n');
}

function byVictim(rows: readonly Row[]): string[] {
  const line = (name: string, of: readonly Row[]) => {
    const { runs, lost, orphaned, duplicated, leaked } = totalsOf(of);
    const times = of.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds])).sort((a, b) => a - b);
    const [middle, worst] = [times[Math.floor(times.length / 2)], times.at(-1)].map((time) =>
      time === undefined ? '' : `${time.toFixed(1)} s`,
    );
    return `| ${[name, runs, lost, orphaned, duplicated, leaked, middle, worst].join(' | ')} |`;
  };
  return [
    '| killed | runs | lost | orphaned | duplicated | leaked | median to recover | worst |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...VICTIMS.map((victim: Victim) =>
      line(
        victim,
        rows.filter((row) => row.victim === victim),
      ),
    ),
    line('all', rows),
  ];
}

function share(rows: readonly Row[]): string {
  const { runs } = totalsOf(rows);
  const recovered = rows.filter(({ outcome }) => outcome === 'recovered').length;
  return runs === 0 ? '–' : `${recovered} of ${runs}`;
}
