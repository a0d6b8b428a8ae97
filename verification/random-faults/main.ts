// npm run random-faults: bootstraps through a network with random faults, and compares what is left.
import { Option } from 'commander';
import { commitOfProduct, count, npmCommand, parseFlags, root, runMain, say } from '../harness/command-line';
import { inSeconds } from '../harness/report';
import { checkPlans, undisturbedRuns, type Counterexample, type Selection } from './check-plans';
import { describePlan, GENERATIONS, type Generation } from './fault-plan';
import { figures, progressLine, totalsOf, writeReport } from './report';
import type { Row } from './run-plan';
import { openWorld } from './world';

interface Flags extends Selection {
  generation: Generation | 'both';
  json?: string;
}

const command = npmCommand(
  'random-faults',
  'Bootstraps through a network with random faults, and compares what is left. Exit code: 0 if every run ended in the\n' +
    'finished state or in a clean failure, 1 if not, 2 if it could not run.',
);
const { json, generation, ...selection } = parseFlags<Flags>(
  command
    .option('--runs <n>', 'so many bootstraps', count, 200)
    .option('--seed <s>', 'the same plans of faults for the same seed', count, Date.now() % 1_000_000)
    .option('--path <p>', 'replay one counterexample, with its seed')
    .addOption(
      new Option('--generation <name>', "of Infisical's routes")
        .choices([...GENERATIONS, 'both'])
        .default('both'),
    )
    .option('--parallel <n>', 'so many bootstraps at once', count, 4)
    .option('--json <file>', 'write every run, the totals and the counterexamples'),
);

async function main(): Promise<number> {
  say(`${selection.runs} bootstraps through random faults, seed ${selection.seed}`);
  const generations = GENERATIONS.filter((one) => ['both', one].includes(generation));
  const rows: Row[] = [];
  const world = await openWorld(root);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void world.stop().finally(() => process.exit(130)));
  try {
    const undisturbed = await undisturbedRuns(world, generations);
    for (const [name, { seconds, requests }] of Object.entries(undisturbed))
      say(`${name}: ${inSeconds(seconds)} without faults, ${requests.length} kinds of requests`);
    const since = Date.now();
    const subject = { commit: commitOfProduct(), seed: selection.seed, generation };
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
