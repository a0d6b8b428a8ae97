import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../../harness/processes';
import type { Moment, Passed, Victim } from '../kill-points';
import {
  besideFile,
  passagesFile,
  reachedFile,
  releaseFile,
  type BesideOrders,
  type Orders,
  type Release,
} from '../side-effects/orders';
import { HARNESS, type EndedRun, type Job, type JobResult, type Setting } from './job';
import { startProduct, type Command } from './start-product';
import { bringBack, kill, processesOf } from './victims';

/** A deploy script that tries three times. */
const MOST_TRIES = 3;
const LIMIT_MS = 300_000; // on a machine that is busy with others
const POLL_MS = 5;

/** A command that came to its end, and all that it and those in its place printed. */
export type Attempt =
  | (Omit<EndedRun, 'facts' | 'leaks'> & { printed: string; report: string })
  | Exclude<JobResult, EndedRun>;

/** What an operator does before the command is tried again. */
interface Mend {
  mend?: () => Promise<unknown>;
}

let attempts = 0;

/** One command: undisturbed, or with a kill at one moment and what an operator would do about it. */
export async function attempt(
  setting: Setting,
  command: Command,
  { kill: point, fault, mend }: Pick<Job, 'kill' | 'fault'> & Mend = {},
): Promise<Attempt> {
  rmSync(HARNESS, { recursive: true, force: true });
  mkdirSync(HARNESS, { recursive: true });
  const planted = fault === undefined ? {} : { fault };
  const stop = point === undefined ? {} : { stopAt: `${point.moment} ${point.effect}` };
  const orders: BesideOrders = { attempt: ++attempts, ...stop };
  writeFileSync(besideFile(HARNESS), JSON.stringify(orders));
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
    await mend?.();
    // A planted fault is part of the product, whichever of its processes runs.
    up = startOnce(fault === undefined ? undefined : { folder: HARNESS, fault });
    code = await codeOf(up);
  }
  rmSync(besideFile(HARNESS));
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
  const run = startProduct(setting, { ...command, variables }, undefined, () => undefined);
  if ((await codeOf(run)) === 0) return run.stdout();
  throw new Error(`${command.args.join(' ')} failed:\n${tail(run.stdout())}\n${tail(run.stderr())}`);
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
  const [system] = effect.replace(/^(host|home) /, '').split(' ');
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
