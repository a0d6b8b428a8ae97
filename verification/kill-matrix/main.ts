// npm run kill-matrix: kills everything at every side effect of a bootstrap and compares what is left.
import { join } from 'node:path';
import { Option } from 'commander';
import type { Facts } from '../harness/judge';
import { inParallel } from '../../contracts/core/in-parallel';
import { commitOfProduct, count, npmCommand, parseFlags, root, runMain, say } from '../harness/command-line';
import { inSeconds } from '../harness/report';
import { choose, killPoints, nameOf, VICTIMS, type Victim } from './kill-points';
import {
  isFlawless,
  progressLine,
  RowFile,
  tables,
  totalsOf,
  writeJson,
  writeTables,
  type RowAtCommit,
} from './report';
import { runPoint, undisturbedRun } from './run-point';
import { killCommands } from './kill-commands';
import { isFound, plants } from './self-test';
import { openWorkspace, type Workspace } from './workspace';

interface Flags {
  only?: string;
  victim?: Victim;
  sample?: number;
  seed: number;
  parallel: number;
  resume?: true;
  json?: string;
  list?: true;
  selfTest?: true;
  then?: string[];
}

const checkedIn = join(root, 'docs/kill-matrix.json');
const command = npmCommand(
  'kill-matrix',
  'Kills every part at every side effect of a bootstrap and compares what is left.\n' +
    'Without a selection docs/kill-matrix.json and docs/kill-matrix.md are written.',
);
const flags = parseFlags<Flags>(
  command
    .option('--only <pattern>', 'points whose name the regular expression finds, as "before infisical POST"')
    .addOption(new Option('--victim <name>', 'what is killed').choices(VICTIMS))
    .option('--sample <n>', 'so many points, evenly over the run and over what is killed', count)
    .option('--seed <s>', 'the same choice and order for the same seed', Number, 1)
    .option('--parallel <n>', 'so many machines at once', count, 2)
    .option('--resume', 'go on where an earlier matrix was cut off, here or as docs/kill-matrix.json says')
    .option('--json <file>', 'write the figures there')
    .option('--list', 'name the points and kill nothing')
    .option(
      '--then <command...>',
      'kill at the side effects of these commands of an environment that is up: "rotate client-secrets" prune',
    )
    .option('--self-test', 'break each guarantee on purpose and see whether that is found'),
);

async function main(): Promise<number> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return say('The kill matrix needs root on Linux: each run gets a machine of its own by namespaces.', 2);
  const workspace = await openWorkspace(root);
  process.once('exit', workspace.remove);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  if (flags.then !== undefined) return killCommands(workspace, flags.then, { ...flags, root });
  const undisturbed = await undisturbedRun(workspace);
  if (flags.selfTest) return selfTest(workspace, undisturbed.facts);
  const all = killPoints(undisturbed.passages);
  const chosen = choose(all, flags);
  say(
    `An undisturbed run takes ${inSeconds(undisturbed.seconds)} and has ${all.length} kill points; ${chosen.length} are chosen.`,
  );
  if (flags.list) return say(chosen.map(nameOf).join('\n'), 0);

  const path = join(root, 'node_modules/.cache/onex-bootstrap/kill-matrix.jsonl');
  const file = new RowFile(path, commitOfProduct(), flags.resume ? checkedIn : undefined);
  const left = chosen.filter((point) => !file.has(nameOf(point)));
  const known = new Set(chosen.map(nameOf));
  const rows = () => file.rows.filter((row) => known.has(nameOf(row)));
  const since = Date.now();
  let done = 0;
  const report = () => writeReports(rows(), all.length);
  await inParallel(left, flags.parallel, async (point) => {
    file.add(await runPoint(workspace, point, undisturbed.facts));
    const progress = { done: ++done, of: left.length, totals: totalsOf(rows()), since };
    say(progressLine(file.rows.at(-1)!, progress));
    if (done % 20 === 0) report();
  });
  report();
  const totals = totalsOf(rows());
  return say(`\n${tables(rows())}\n\n${JSON.stringify(totals)}`, isFlawless(totals) ? 0 : 1);
}

async function selfTest(workspace: Workspace, undisturbed: Facts): Promise<number> {
  let missed = 0;
  for (const plant of plants) {
    const found = await isFound(workspace, undisturbed, plant);
    if (!found) missed++;
    say(`${found ? 'found ' : 'MISSED'} ${plant.fault} (as ${plant.expected})`);
  }
  return missed === 0 ? 0 : 1;
}

function writeReports(rows: readonly RowAtCommit[], points: number): void {
  const isWhole = [flags.only, flags.victim, flags.sample].every((flag) => flag === undefined);
  const json = flags.json ?? (isWhole ? checkedIn : undefined);
  if (json !== undefined) writeJson(json, rows, points);
  if (isWhole) writeTables(join(root, 'docs/kill-matrix.md'), rows, points);
}

runMain(main);
