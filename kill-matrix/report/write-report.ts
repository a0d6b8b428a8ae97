import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Row } from '../run-point';
import { tables } from './tables';
import { totalsOf } from './totals';

/** What is known about all rows: the product that was killed, and how many points there are. */
export interface Subject {
  commit: string;
  points: number;
}

/** Writes the figures as JSON. */
export function writeJson(path: string, rows: readonly Row[], subject: Subject): void {
  const date = new Date().toISOString().slice(0, 10);
  const report = { date, ...subject, totals: totalsOf(rows), rows };
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
}

const [START, END] = ['<!-- figures: written by npm run kill-matrix -->', '<!-- end of figures -->'];

/** Puts the tables between the marks of a page, if it is there. */
export function writeTables(path: string, rows: readonly Row[], { commit, points }: Subject): void {
  if (!existsSync(path)) return;
  const [head, rest] = readFileSync(path, 'utf8').split(START);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) return;
  const { runs } = totalsOf(rows);
  const said = `Of ${points} kill points ${rows.length} were tried at commit ${commit}, and something was killed in ${runs} runs.`;
  writeFileSync(path, `${head}${START}\n\n${said}\n\n${tables(rows)}\n\n${END}${tail}`);
}
