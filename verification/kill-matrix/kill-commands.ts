import { join } from 'node:path';
import { inParallel } from '../../contracts/core/in-parallel';
import { commitOfProduct, say } from '../harness/command-line';
import { inSeconds } from '../harness/report';
import type { Choice } from './kill-points';
import type { SequenceLine } from './machine/job';
import { commandTable, isFlawless, progressLine, totalsOf, writeCommand, type RowAtCommit } from './report';
import { runPoints } from './run-point';
import type { Workspace } from './workspace';

interface Wanted extends Choice {
  root: string;
  parallel: number;
  json?: string;
  list?: true;
}

/** What is known of a command so far. */
interface Progress {
  chosen: readonly string[] | undefined;
  points: number;
  begun: string[];
  rows: RowAtCommit[];
  since: number;
}

/**
 * Kills commands of an environment that is up at the points that are chosen, in so many machines as are to run at once.
 * Gives the exit code.
 */
export async function killCommands(
  workspace: Workspace,
  commands: readonly string[],
  wanted: Wanted,
): Promise<number> {
  const all = new Map(
    commands.map((then): [string, Progress] => [
      then,
      { chosen: undefined, points: 0, begun: [], rows: [], since: Date.now() },
    ]),
  );
  const shares = Array.from({ length: Math.min(wanted.parallel, commands.length) }, (_, share) =>
    commands.filter((__, index) => index % wanted.parallel === share),
  );
  await inParallel(shares, shares.length, (share) => killShare(workspace, share, wanted, all));
  if (wanted.list) return say([...all.values()].flatMap(({ chosen = [] }) => chosen).join('\n'), 0);
  const told = [...all].map(([then, { points, rows }]) => ({ then, points, rows }));
  const rows = told.flatMap((each) => each.rows);
  return say(commandTable(told), isFlawless(totalsOf(rows)) ? 0 : 1);
}

const MOST_LOST = 3; // machines that did nothing: what keeps them from it is no matter of one point

/** Some commands in one machine; a new one takes over where that was lost, or ended because of harm that was done. */
async function killShare(
  workspace: Workspace,
  commands: readonly string[],
  { root, json, list, only, victim, sample, seed }: Wanted,
  all: ReadonlyMap<string, Progress>,
): Promise<void> {
  const commit = commitOfProduct();
  const choice = { only, victim, sample, seed };
  const isDone = (then: string) => {
    const { chosen, begun } = all.get(then)!;
    return chosen !== undefined && (list === true || chosen.every((name) => begun.includes(name)));
  };
  const onLine = (line: SequenceLine) => {
    const then = line.command;
    const progress = all.get(then)!;
    if ('begun' in line) progress.begun.push(line.begun);
    else if ('row' in line) {
      progress.rows.push({ ...line.row, commit });
      const { rows, since, points } = progress;
      const [done, of] = [rows.length, progress.chosen?.length ?? 0];
      say(progressLine(line.row, { done, of, totals: totalsOf(rows), since }));
      if (done % 10 === 0 || done === of) report({ then, points, rows });
    } else {
      Object.assign(progress, { chosen: line.chosen, points: line.points, since: Date.now() });
      say(
        `${then}: undisturbed ${inSeconds(line.seconds)}, ${line.points} kill points; ${line.chosen.length} are chosen.`,
      );
    }
  };
  const report = (command: Parameters<typeof writeCommand>[1]) =>
    json === undefined
      ? writeCommand(join(root, 'docs/kill-matrix-commands.json'), command, join(root, 'docs/kill-matrix.md'))
      : writeCommand(json, command);
  const begun = () => [...all.values()].reduce((sum, progress) => sum + progress.begun.length, 0);

  for (let lost = 0, left = [...commands]; left.length > 0; left = left.filter((then) => !isDone(then))) {
    const before = begun();
    const done = Object.fromEntries(left.map((then) => [then, all.get(then)!.begun]));
    await runPoints(workspace, { commands: left, choice, done, list: list === true }, onLine).catch(
      (error: unknown) => void say(String(error)),
    );
    if (begun() === before && !list && ++lost === MOST_LOST) throw new Error(`${left[0]} cannot be tried.`);
  }
}
