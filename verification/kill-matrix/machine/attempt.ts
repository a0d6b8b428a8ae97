import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { start, type Running } from '../../harness/processes';
import { programOf, variablesOf } from '../../harness/product';
import type { Moment, Passed, Victim } from '../kill-points';
import {
  ORDERS,
  passagesFile,
  reachedFile,
  releaseFile,
  type Orders,
  type Release,
} from '../side-effects/orders';
import { HARNESS, places, type EndedRun, type Job, type JobResult, type Setting } from './job';
import { bringBack, kill, processesOf } from './victims';

/** A deploy script that tries three times. */
const MOST_TRIES = 3;
const LIMIT_MS = 300_000; // on a machine that is busy with others
const POLL_MS = 5;

/** The product's arguments, and what it reads from its standard input. */
export interface Command {
  args: readonly string[];
  input?: string | undefined;
}

/** A command that came to its end, and all that it and those in its place printed. */
export type Attempt =
  (Omit<EndedRun, 'facts' | 'leaks'> & { printed: string; report: string }) | Exclude<JobResult, EndedRun>;

/** One command: undisturbed, or with a kill at one moment and what an operator would do about it. */
export async function attempt(
  setting: Setting,
  command: Command,
  { kill: point, fault }: Pick<Job, 'kill' | 'fault'> = {},
): Promise<Attempt> {
  rmSync(HARNESS, { recursive: true, force: true });
  mkdirSync(HARNESS, { recursive: true });
  const planted = fault === undefined ? {} : { fault };
  const stop = point === undefined ? {} : { stopAt: `${point.moment} ${point.effect}` };
  let printed = '';
  let ups = 0;
  const startOnce = (orders?: Orders) => {
    ups++;
    return startProduct(setting, command, orders, (text) => (printed += text));
  };

  let up = startOnce({ folder: HARNESS, ...stop, ...planted });
  let since = Date.now();
  if (point !== undefined) {
    if (!(await isReached(up))) return { ended: 'not reached', output: tail(printed) };
    if (processesOf(point.victim, up).length === 0) {
      release('continue');
      await codeOf(up);
      return { ended: 'victim absent' };
    }
    since = Date.now();
    await kill(point.victim, up);
    release(answerAfter(point.victim, point.moment, point.effect));
    await bringBack(point.victim);
  }
  let code = await codeOf(up);
  let output = '';
  while (code !== 0 && ups < (point === undefined ? 1 : MOST_TRIES)) {
    if (code !== null) output += `exit code ${code}: ${tail(printed)}\n`;
    // A planted fault is part of the product, whichever of its processes runs.
    up = startOnce(fault === undefined ? undefined : { folder: HARNESS, fault });
    code = await codeOf(up);
  }
  return {
    ended: code === 0 ? 'finished' : 'unfinished',
    ups,
    seconds: (Date.now() - since) / 1000,
    report: up.stdout(),
    printed,
    passages: point === undefined ? passages() : [],
    output: code === 0 ? output : output + tail(printed),
  };
}

/** Runs a command to its end, unwatched. @throws where it fails */
export async function runProduct(
  setting: Setting,
  command: Command,
  variables: Record<string, string> = {},
): Promise<string> {
  const run = startProduct(setting, command, undefined, () => undefined, variables);
  if ((await codeOf(run)) === 0) return run.stdout();
  throw new Error(`${command.args.join(' ')} failed:\n${tail(run.stdout())}\n${tail(run.stderr())}`);
}

/** Starts the product, watched if there are orders. */
function startProduct(
  { product, preload, toolsPath }: Setting,
  { args, input }: Command,
  orders: Orders | undefined,
  onOutput: (text: string) => void,
  variables: Record<string, string> = {},
): Running {
  const watched = orders === undefined ? [] : ['--require', preload];
  const env = {
    PATH: `${toolsPath}:${process.env['PATH']}`,
    HOME: '/tmp',
    ...variablesOf(places),
    ...(orders === undefined ? {} : { [ORDERS]: JSON.stringify(orders) }),
    ...variables,
  };
  const all = [...watched, '--', programOf(product), ...args];
  return start(process.execPath, all, { cwd: '/tmp', env, input }, onOutput);
}

async function isReached(up: Running): Promise<boolean> {
  let over = false;
  void up.ended.then(() => (over = true));
  for (const deadline = Date.now() + LIMIT_MS; !over && Date.now() < deadline; await sleep(POLL_MS))
    if (existsSync(reachedFile(HARNESS))) return true;
  await codeOf(up);
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
  const timer = setTimeout(() => up.child.kill('SIGKILL'), LIMIT_MS);
  const code = await up.ended;
  clearTimeout(timer);
  return code;
}

const passages = () =>
  readFileSync(passagesFile(HARNESS), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Passed);

const tail = (text: string) => text.split('\n').slice(-12).join('\n');
