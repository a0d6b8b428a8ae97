// npm run kill-matrix: kills everything at every side effect of a bootstrap and compares what is left.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Facts } from '../harness/judge';
import { commitOf, inSeconds, runMain, say } from '../harness/report';
import { killPoints, nameOf, shuffled, VICTIMS, type KillPoint, type Victim } from './kill-points';
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
import { isFound, plants } from './self-test';
import { openWorkspace, type Workspace } from './workspace';

const USAGE = `Usage: npm run kill-matrix -- [--only PATTERN] [--victim NAME] [--sample N] [--seed S]
         [--parallel N] [--resume] [--json FILE] [--list] [--self-test]
  --only      points whose name the regular expression finds, as "before infisical POST /api/v1/identities"
  --victim    ${VICTIMS.join(', ')}
  --sample    so many points, chosen by --seed (1)
  --resume    goes on where an earlier matrix was cut off, here or as docs/kill-matrix.json says
  --list      names the points and kills nothing
  --self-test breaks each guarantee on purpose and sees whether that is found
Without a selection docs/kill-matrix.json and docs/kill-matrix.md are written.`;

const root = process.argv[2]!;
const checkedIn = join(root, 'docs/kill-matrix.json');
const { values: flags } = parseArgs({
  args: process.argv.slice(3),
  options: {
    only: { type: 'string' },
    victim: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '2' },
    resume: { type: 'boolean', default: false },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
    'self-test': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  if (flags.help) return say(USAGE, 0);
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return say('The kill matrix needs root on Linux: each run gets a machine of its own by namespaces.', 2);
  if (flags.victim !== undefined && !VICTIMS.includes(flags.victim as Victim))
    return say(`No victim is called ${flags.victim}.\n${USAGE}`, 2);
  const workspace = await openWorkspace(root);
  process.once('exit', workspace.remove);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const undisturbed = await undisturbedRun(workspace);
  if (flags['self-test']) return selfTest(workspace, undisturbed.facts);
  const all = killPoints(undisturbed.passages);
  const chosen = choose(all);
  say(
    `An undisturbed run takes ${inSeconds(undisturbed.seconds)} and has ${all.length} kill points; ${chosen.length} are chosen.`,
  );
  if (flags.list) return say(chosen.map(nameOf).join('\n'), 0);

  const path = join(root, 'node_modules/.cache/onex-bootstrap/kill-matrix.jsonl');
  const file = new RowFile(path, commitOf(root), flags.resume ? checkedIn : undefined);
  const left = chosen.filter((point) => !file.has(nameOf(point)));
  const known = new Set(chosen.map(nameOf));
  const rows = () => file.rows.filter((row) => known.has(nameOf(row)));
  const since = Date.now();
  let done = 0;
  const report = () => writeReports(rows(), all.length);
  const work = async () => {
    for (let point = left.shift(); point !== undefined; point = left.shift()) {
      const row = await runPoint(workspace, point, undisturbed.facts);
      file.add(row);
      const totals = totalsOf(rows());
      say(progressLine(row, { done: ++done, of: done + left.length, totals, since }));
      if (done % 20 === 0) await report();
    }
  };
  await Promise.all(Array.from({ length: Number(flags.parallel) }, work));
  await report();
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

function choose(all: KillPoint[]) {
  const pattern = new RegExp(flags.only ?? '');
  const matching = all.filter(
    (point) => pattern.test(nameOf(point)) && (flags.victim ?? point.victim) === point.victim,
  );
  // In no order, so that a matrix that is cut off has seen something of everything.
  const mixed = shuffled(matching, Number(flags.seed));
  return flags.sample === undefined ? mixed : mixed.slice(0, Number(flags.sample));
}

async function writeReports(rows: readonly RowAtCommit[], points: number): Promise<void> {
  const isWhole = [flags.only, flags.victim, flags.sample].every((flag) => flag === undefined);
  const json = flags.json ?? (isWhole ? checkedIn : undefined);
  if (json !== undefined) await writeJson(json, rows, points);
  if (isWhole) await writeTables(join(root, 'docs/kill-matrix.md'), rows, points);
}

runMain(main);
