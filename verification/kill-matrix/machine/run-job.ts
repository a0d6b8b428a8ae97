// Process of one machine: does the job that it is given and prints the result.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { start, type Running } from '../../harness/processes';
import { startReader } from '../../../test/support/reader';
import { programOf, runtimeEnvOf, upArguments, variablesOf } from '../../harness/product';
import type { Moment, Victim } from '../kill-points';
import {
  ORDERS,
  passagesFile,
  reachedFile,
  releaseFile,
  type Orders,
  type Release,
} from '../side-effects/orders';
import { HARNESS, places, type Job, type JobResult } from './job';
import { observe } from './observe';
import { bringBack, kill, processesOf } from './victims';

/** A deploy script that tries three times. */
const MOST_UPS = 3;
const UP_LIMIT_MS = 150_000;
const POLL_MS = 5;
/** What is read all the while; an Infisical that is killed, or started anew, is bridged by copies. */
const READ = '/shared/database/POSTGRES_PASSWORD';
const COPIES = {
  ONEX_CACHE_TTL_SECONDS: '0',
  ONEX_LAST_KNOWN_GOOD: 'true',
  ONEX_LAST_KNOWN_GOOD_DIR: '/tmp/copies',
  ONEX_LAST_KNOWN_GOOD_KEY: 'of-this-machine-alone',
};

/** One bootstrap: undisturbed, or with a kill at one moment and what an operator would do about it. */
async function runJob(job: Job): Promise<JobResult> {
  mkdirSync(HARNESS, { recursive: true });
  const { kill: point, fault } = job;
  const planted = fault === undefined ? {} : { fault };
  const stop = point === undefined ? {} : { stopAt: `${point.moment} ${point.effect}` };
  let printed = '';
  let ups = 0;
  const startUp = (orders?: Orders) => {
    ups++;
    return startOne(job, orders, (text) => (printed += text));
  };

  if (
    job.then !== undefined &&
    (await codeOf(startOne({ ...job, then: undefined }, undefined, () => {}))) !== 0
  )
    throw new Error('the environment did not come up');
  const stopReader = job.then === undefined ? undefined : startReader(runtimeEnvOf(places), READ, COPIES);
  let up = startUp({ folder: HARNESS, ...stop, ...planted });
  let since = Date.now();
  if (point !== undefined) {
    if (!(await isReached(up))) return { ended: 'not reached', output: tail(printed) };
    if (processesOf(point.victim, up).length === 0) return { ended: 'victim absent' };
    since = Date.now();
    await kill(point.victim, up);
    release(answerAfter(point.victim, point.moment, point.effect));
    await bringBack(point.victim);
  }
  let code = await codeOf(up);
  let output = '';
  while (code !== 0 && ups < (point === undefined ? 1 : MOST_UPS)) {
    if (code !== null) output += `${tail(printed)}\n`;
    // A planted fault is part of the product, whichever of its processes runs.
    up = startUp(fault === undefined ? undefined : { folder: HARNESS, fault });
    code = await codeOf(up);
  }
  const seconds = (Date.now() - since) / 1000;
  const failed = (await stopReader?.())?.failed ?? [];
  const observed = await observe(job, up.stdout(), printed);
  if (failed.length > 0) observed.facts['failed read'] = failed.length;
  return {
    ended: code === 0 ? 'finished' : 'unfinished',
    ups,
    seconds,
    ...observed,
    passages: point === undefined ? passages() : [],
    output: code === 0 ? output : output + tail(printed),
  };
}

/** Starts `up`, watched if there are orders. */
function startOne(job: Job, orders: Orders | undefined, onOutput: (text: string) => void): Running {
  const watched = orders === undefined ? [] : ['--require', job.preload];
  const command =
    job.then === undefined
      ? upArguments(places.environment, job.given)
      : [...job.then, '--environment', places.environment, '--json'];
  const args = [...watched, '--', programOf(job.product), ...command];
  const env = {
    PATH: `${job.toolsPath}:${process.env['PATH']}`,
    HOME: '/tmp',
    ...variablesOf(places),
    ...(orders === undefined ? {} : { [ORDERS]: JSON.stringify(orders) }),
  };
  return start(process.execPath, args, { cwd: '/tmp', env }, onOutput);
}

async function isReached(up: Running): Promise<boolean> {
  let over = false;
  void up.ended.then(() => (over = true));
  while (!over) {
    if (existsSync(reachedFile(HARNESS))) return true;
    await sleep(POLL_MS);
  }
  return false;
}

/** Where the victim stood between the product and the answer, it never comes; otherwise it is there already. */
function answerAfter(victim: Victim, moment: Moment, effect: string): Release {
  const [system] = effect.split(' ');
  const between = victim === 'engine' ? ['docker', 'infisical'] : victim === 'infisical' ? ['infisical'] : [];
  return moment === 'after' && between.includes(system!) ? 'lost' : 'continue';
}

function release(answer: Release): void {
  const draft = `${releaseFile(HARNESS)}.draft`;
  writeFileSync(draft, answer);
  renameSync(draft, releaseFile(HARNESS));
}

async function codeOf(up: Running): Promise<number | null> {
  const timer = setTimeout(() => up.child.kill('SIGKILL'), UP_LIMIT_MS);
  const code = await up.ended;
  clearTimeout(timer);
  return code;
}

const passages = () =>
  readFileSync(passagesFile(HARNESS), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { effect: string; moment: Moment; activity?: string });

const tail = (text: string) => text.split('\n').slice(-12).join('\n');

runJob(JSON.parse(process.argv[2]!) as Job).then(
  (result) => process.stdout.write(JSON.stringify(result), () => process.exit(0)),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
