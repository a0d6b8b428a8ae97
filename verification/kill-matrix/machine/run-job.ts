import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Moment, Victim } from '../kill-point';
import { observe } from '../observe/observe';
import { passagesFile, reachedFile, releaseFile, type Orders, type Release } from '../side-effects/orders';
import type { Job, JobResult } from './job';
import { places } from './places';
import { Product, type Up } from './product';
import { bringBack, kill, processesOf } from './victims';

/** A deploy script that tries three times. */
const MOST_UPS = 3;
const UP_LIMIT_MS = 150_000;
const POLL_MS = 5;

/** One bootstrap: undisturbed, or with a kill at one moment and what an operator would do about it. */
export async function runJob(job: Job): Promise<JobResult> {
  mkdirSync(places.harness, { recursive: true });
  const { kill: point, fault } = job;
  const orders: Orders = {
    folder: places.harness,
    ...(point === undefined ? {} : { stopAt: `${point.moment} ${point.effect}` }),
    ...(fault === undefined ? {} : { fault }),
  };
  const product = new Product(job);
  let up = product.up(orders);
  let since = Date.now();
  if (point !== undefined) {
    if (!(await isReached(up))) return { ended: 'not reached', output: tail(product.printed) };
    if (processesOf(point.victim, up).length === 0) return { ended: 'victim absent' };
    since = Date.now();
    await kill(point.victim, up);
    release(answerAfter(point.victim, point.moment, point.effect));
    await bringBack(point.victim);
  }
  let code = await codeOf(up);
  let output = '';
  while (code !== 0 && product.ups < (point === undefined ? 1 : MOST_UPS)) {
    if (code !== null) output += `${tail(product.printed)}\n`;
    // A planted fault is part of the product, whichever of its processes runs.
    up = product.up(fault === undefined ? undefined : { folder: places.harness, fault });
    code = await codeOf(up);
  }
  const seconds = (Date.now() - since) / 1000;
  const { facts, leaks } = await observe(job, up.stdout(), product.printed);
  return {
    ended: code === 0 ? 'finished' : 'unfinished',
    ups: product.ups,
    seconds,
    facts,
    leaks,
    passages: point === undefined ? passages() : [],
    output: code === 0 ? output : output + tail(product.printed),
  };
}

async function isReached(up: Up): Promise<boolean> {
  let over = false;
  void up.ended.then(() => (over = true));
  while (!over) {
    if (existsSync(reachedFile(places.harness))) return true;
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
  const draft = `${releaseFile(places.harness)}.draft`;
  writeFileSync(draft, answer);
  renameSync(draft, releaseFile(places.harness));
}

async function codeOf(up: Up): Promise<number | null> {
  const timer = setTimeout(() => up.child.kill('SIGKILL'), UP_LIMIT_MS);
  const code = await up.ended;
  clearTimeout(timer);
  return code;
}

const passages = () =>
  readFileSync(passagesFile(places.harness), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { effect: string; moment: Moment; activity?: string });

const tail = (text: string) => text.split('\n').slice(-12).join('\n');
