import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../harness/command-line';
import { countThings, describeVerdict, type Verdict } from '../harness/judge';
import { PHASES } from '../harness/phases';
import { inSeconds, medianAndWorst, minutesLeft, table, today } from '../harness/report';
import { nameOf, VICTIMS, type Victim } from './kill-points';
import type { Row } from './machine/job';

const KILLS_UP: readonly Victim[] = ['worker', 'everything'];

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
    const report = textOf(earlier);
    const reported = report === '' ? [] : (JSON.parse(report) as { rows: RowAtCommit[] }).rows;
    const lines = textOf(path).split('\n').filter(Boolean);
    const known = [...reported, ...lines.map((line) => JSON.parse(line) as RowAtCommit)];
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

const textOf = (path: string | undefined) =>
  path !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : '';

interface Totals extends Record<keyof Verdict, number> {
  /** Reads that failed while something was killed. */
  failedReads: number;
  /** Runs that went on only by a second command although theirs was not killed. */
  again: number;
  /** Kills that were done; a victim that did not run at its moment is none. */
  runs: number;
  /** Points that a run did not come to, so that nothing is known of them. */
  notReached: number;
}

export const totalsOf = (rows: readonly Row[]): Totals => ({
  runs: rows.filter(({ seconds }) => seconds !== undefined).length,
  ...countThings(rows),
  failedReads: rows.reduce((sum, row) => sum + (row.failedReads ?? 0), 0),
  again: rows.filter(({ victim, ups = 1 }) => ups > 1 && !KILLS_UP.includes(victim)).length,
  notReached: rows.filter(({ outcome }) => outcome === 'not reached').length,
});

export const isFlawless = ({ runs: _, ...faults }: Totals) =>
  Object.values(faults).every((count) => count === 0);

/** One line for each finished run: how far it is, what became of it, and how long the rest will take. */
export function progressLine(
  row: Row,
  { done, of, totals, since }: { done: number; of: number; totals: Totals; since: number },
): string {
  const { lost, orphaned, duplicated, leaked } = totals;
  const time = row.seconds === undefined ? '' : ` in ${inSeconds(row.seconds)}`;
  const said = row.output === undefined ? [] : row.output.split('\n');
  const found = [...describeVerdict(row), ...said].map((text) => `\n    ${text}`);
  return (
    `${done}/${of} ${nameOf(row)}: ${row.outcome}${time} (${lost} lost, ${orphaned} orphaned, ` +
    `${duplicated} duplicated, ${leaked} leaked; ${minutesLeft(done, of, since)} min left)${found.join('')}`
  );
}

/** Rows by victim and by phase, as Markdown. */
export function tables(rows: readonly Row[]): string {
  const head = ['killed', 'runs', 'lost', 'orphaned', 'duplicated', 'leaked', 'median to recover', 'worst'];
  const line = (name: string, of: readonly Row[]) => {
    const { runs, lost, orphaned, duplicated, leaked } = totalsOf(of);
    const { median, worst } = medianAndWorst(of.flatMap(({ seconds }) => seconds ?? []));
    const times = [median, worst].map((time) => (time === undefined ? '' : inSeconds(time)));
    return [name, runs, lost, orphaned, duplicated, leaked, ...times];
  };
  const of = (victim: Victim) => rows.filter((row) => row.victim === victim);
  const killed = VICTIMS.filter((victim) => of(victim).length > 0);
  const phases = PHASES.filter((each) => rows.some(({ phase }) => phase === each)).map((phase) => [
    phase,
    ...killed.map((victim) => share(of(victim).filter((row) => row.phase === phase))),
  ]);
  const victims = [...killed.map((victim) => line(victim, of(victim))), line('all', rows)];
  return `${table(head, victims)}\n\n${table(['recovered of killed', ...killed], phases)}`;
}

function share(rows: readonly Row[]): string {
  const { runs } = totalsOf(rows);
  const recovered = rows.filter(({ outcome }) => outcome === 'recovered').length;
  return runs === 0 ? '–' : `${recovered} of ${runs}`;
}

/** Writes the figures as JSON; `points` is how many kill points there are. */
export function writeJson(path: string, rows: readonly RowAtCommit[], points: number): void {
  const report = { date: today(), points, totals: totalsOf(rows), rows };
  writeFormatted(path, JSON.stringify(report, null, 2));
}

const [START, END] = ['<!-- figures: written by npm run kill-matrix -->', '<!-- end of figures -->'];
const [COMMANDS, COMMANDS_END] = [
  '<!-- commands: written by npm run kill-matrix -- --then -->',
  '<!-- end of commands -->',
];

/** The kill points of one command of an environment that is up, and what became of those that were tried. */
export interface OfCommand {
  then: string;
  points: number;
  rows: readonly RowAtCommit[];
}

/** A line for each command, as Markdown. */
export function commandTable(commands: readonly OfCommand[]): string {
  const head = [
    ...['command', 'tried of points', 'at', 'lost', 'orphaned', 'duplicated', 'leaked', 'failed reads'],
    ...['a second command needed', 'median', 'worst'],
  ];
  const lines = commands.map(({ then, points, rows }) => {
    const { runs, lost, orphaned, duplicated, leaked, failedReads, again } = totalsOf(rows);
    const reads = rows.reduce((sum, row) => sum + (row.reads ?? 0), 0);
    const { median = 0, worst = 0 } = medianAndWorst(rows.flatMap(({ seconds }) => seconds ?? []));
    const figures = [lost, orphaned, duplicated, leaked, `${failedReads} of ${reads}`, again];
    return [
      `\`${then}\``,
      `${runs} of ${points}`,
      commits(rows),
      ...figures,
      inSeconds(median),
      inSeconds(worst),
    ];
  });
  return table(head, lines);
}

/** Puts the figures of one command beside those of others: as JSON, and as a table between the marks of a page. */
export function writeCommand(json: string, command: OfCommand, page?: string): void {
  const text = textOf(json);
  const known = text === '' ? [] : (JSON.parse(text) as OfCommand[]);
  const others = known.filter(({ then }) => then !== command.then);
  const before = known.find(({ then }) => then === command.then)?.rows ?? [];
  // A later row of the same point replaces an earlier one.
  const rows = [...new Map([...before, ...command.rows].map((row) => [nameOf(row), row])).values()];
  const all = [...others, { ...command, rows }].sort((a, b) => a.then.localeCompare(b.then));
  writeFormatted(json, JSON.stringify(all));
  if (page === undefined) return;
  const [head, rest] = textOf(page).split(COMMANDS);
  const tail = rest?.split(COMMANDS_END)[1];
  if (head === undefined || tail === undefined) return;
  writeFormatted(page, `${head}${COMMANDS}\n\n${commandTable(all)}\n\n${COMMANDS_END}${tail}`);
}

/** Puts the tables between the marks of a page, if it is there. */
export function writeTables(path: string, rows: readonly RowAtCommit[], points: number): void {
  const [head, rest] = textOf(path).split(START);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) return;
  const { runs } = totalsOf(rows);
  const alive = rows.filter(({ victim, ups }) => ups !== undefined && !KILLS_UP.includes(victim));
  const once = alive.filter(({ ups }) => ups === 1).length;
  const said =
    `Of ${points} kill points ${rows.length} were tried (${commits(rows)}), and something was killed in ${runs} runs. ` +
    `Where \`up\` was not killed itself, no second one was needed in ${once} of ${alive.length} runs.`;
  writeFormatted(path, `${head}${START}\n\n${said}\n\n${tables(rows)}\n\n${END}${tail}`);
}

function commits(rows: readonly RowAtCommit[]): string {
  const names = [...new Set(rows.map(({ commit }) => commit))];
  return names.map((name) => `${rows.filter(({ commit }) => commit === name).length} at ${name}`).join(', ');
}

/** As the repository's format check wants it. */
function writeFormatted(path: string, text: string): void {
  writeFileSync(path, text);
  execFileSync(join(root, 'node_modules/.bin/oxfmt'), ['--no-error-on-unmatched-pattern', path], {
    cwd: root,
  });
}
