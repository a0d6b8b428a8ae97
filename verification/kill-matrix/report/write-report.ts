import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import type { Victim } from '../kill-point';
import type { RowAtCommit } from './row-file';
import { tables } from './tables';
import { totalsOf } from './totals';

/** Writes the figures as JSON; `points` is how many kill points there are. */
export async function writeJson(path: string, rows: readonly RowAtCommit[], points: number): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const report = { date, points, totals: totalsOf(rows), rows };
  await writeFormatted(path, JSON.stringify(report, null, 2));
}

const KILLS_UP: readonly Victim[] = ['worker', 'everything'];
const [START, END] = ['<!-- figures: written by npm run kill-matrix -->', '<!-- end of figures -->'];

/** Puts the tables between the marks of a page, if it is there. */
export async function writeTables(path: string, rows: readonly RowAtCommit[], points: number): Promise<void> {
  if (!existsSync(path)) return;
  const [head, rest] = readFileSync(path, 'utf8').split(START);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) return;
  const { runs } = totalsOf(rows);
  const said = `Of ${points} kill points ${rows.length} were tried (${commits(rows)}), and something was killed in ${runs} runs. ${firstTries(rows)}`;
  await writeFormatted(path, `${head}${START}\n\n${said}\n\n${tables(rows)}\n\n${END}${tail}`);
}

function firstTries(rows: readonly RowAtCommit[]): string {
  const alive = rows.filter(({ victim, ups }) => ups !== undefined && !KILLS_UP.includes(victim));
  const once = alive.filter(({ ups }) => ups === 1).length;
  return `Where \`up\` was not killed itself, no second one was needed in ${once} of ${alive.length} runs.`;
}

function commits(rows: readonly RowAtCommit[]): string {
  const names = [...new Set(rows.map(({ commit }) => commit))];
  return names.map((name) => `${rows.filter(({ commit }) => commit === name).length} at ${name}`).join(', ');
}

/** As the repository's format check wants it. */
async function writeFormatted(path: string, text: string): Promise<void> {
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}
