// npm run random-faults: bootstraps through a network with random faults, and compares what is left.
import { parseArgs } from 'node:util';
import { commitOf, inSeconds, runMain, say } from '../harness/report';
import { checkPlans, undisturbedRuns, type Counterexample, type Selection } from './check-plans';
import { describePlan, GENERATIONS } from './fault-plan';
import { figures, progressLine, totalsOf, writeReport } from './report';
import type { Row } from './run-plan';
import { openWorld } from './world';

const USAGE = `Usage: npm run random-faults -- [--runs N] [--seed S [--path P]] [--generation current|2024|both]
         [--parallel N] [--json FILE]
  --runs        so many bootstraps (200)
  --seed        the same plans of faults for the same seed; without it one is drawn and printed
  --path        replays one counterexample, with its seed
  --generation  of Infisical's routes (both)
  --parallel    so many bootstraps at once (4)
  --json        writes every run, the totals and the counterexamples
Exit code: 0 if every run ended in the finished state or in a clean failure, 1 if not, 2 if it could not run.`;

const root = process.argv[2]!;

function parse() {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: {
      runs: { type: 'string', default: '200' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      path: { type: 'string' },
      generation: { type: 'string', default: 'both' },
      parallel: { type: 'string', default: '4' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const generations = GENERATIONS.filter((one) => ['both', one].includes(values.generation));
  const [runs = 0, seed = 0, parallel = 0] = [values.runs, values.seed, values.parallel].map(Number);
  const isUsable = generations.length > 0 && runs > 0 && parallel > 0 && Number.isInteger(seed);
  return { ...values, generations, runs, seed, parallel, isUsable };
}

async function main(): Promise<number> {
  const { help, isUsable, path, json, generation, generations, ...chosen } = parse();
  if (help || !isUsable) return say(USAGE, help ? 0 : 2);
  say(`${chosen.runs} bootstraps through random faults, seed ${chosen.seed}`);
  const selection: Selection = { ...chosen, ...(path === undefined ? {} : { path }) };
  const rows: Row[] = [];
  const world = await openWorld(root);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void world.stop().finally(() => process.exit(130)));
  try {
    const undisturbed = await undisturbedRuns(world, generations);
    for (const [name, { seconds, requests }] of Object.entries(undisturbed))
      say(`${name}: ${inSeconds(seconds)} without faults, ${requests.length} kinds of requests`);
    const since = Date.now();
    const subject = { commit: commitOf(root), seed: selection.seed, generation };
    const write = (counterexamples: Counterexample[]) => {
      if (json !== undefined) writeReport(json, rows, { subject, counterexamples });
    };
    const counterexamples = await checkPlans(world, undisturbed, selection, (row, kind) => {
      if (kind === 'drawn') rows.push(row);
      write([]); // a check that is cut off has its figures
      say(progressLine(row, { kind, totals: totalsOf(rows), of: selection.runs, since }));
    });
    write(counterexamples);
    say(`\n${figures(rows)}`);
    for (const { seed, path: at, plan, what } of counterexamples)
      say(
        `\nbroken: ${what}\n  by ${describePlan(plan)}\n  again: npm run random-faults -- --seed ${seed} --path ${at} --runs 1 --generation ${generation}`,
      );
    return counterexamples.length > 0 ? 1 : 0;
  } finally {
    await world.stop();
  }
}

runMain(main);
