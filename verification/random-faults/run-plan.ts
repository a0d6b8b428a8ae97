import { setTimeout as sleep } from 'node:timers/promises';
import { describeVerdict, isClean, judge, type Facts, type Verdict } from '../harness/judge';
import type { Ended } from '../harness/product';
import type { Instance } from '../../test/infisical/instances';
import { describePlan, type FaultPlan, type Generation } from './fault-plan';
import { injectPlan, withoutIds, type MetFault } from './inject-plan';
import { judgeFailure } from './judge-failure';
import { leaksOf, observe, type World } from './world';

/** What became of a bootstrap under a plan of faults. */
export interface Row extends Verdict {
  plan: string;
  generation: Generation;
  outcome: 'finished at once' | 'clean failure' | 'broken';
  /** Requests that met a fault, in order. */
  met: MetFault[];
  seconds: number;
  /** Of a failure: type and message. */
  failure?: string;
  /** What breaks the promise, besides the verdict. */
  problems: string[];
}

export interface Undisturbed {
  facts: Facts;
  /** In the order of the run, each once. */
  requests: string[];
  seconds: number;
}

const SETTLE_MS = 3_000;
let runs = 0;

/** A run that meets no fault. */
export function undisturbedRun(world: World, generation: Generation): Promise<Undisturbed> {
  return inEmptyInstance(world, generation, async (instance, environment, up) => {
    instance.proxy.forgetRequests();
    const result = await up();
    if (result.ended !== 'finished') throw new Error(`The undisturbed run: ${describeEnd(result)}`);
    const requests = [...new Set(Object.keys(instance.proxy.requests).map(withoutIds))];
    const facts = await observe(world, instance, environment);
    const again = await up();
    if (again.ended !== 'finished' || again.changes.length > 0)
      throw new Error(`The undisturbed run is not repeatable: ${describeEnd(again)}`);
    return { facts, requests, seconds: result.seconds };
  });
}

/** One bootstrap under the plan, then one without faults, and what is left compared with an undisturbed run. */
export function runPlan(world: World, plan: FaultPlan, { facts: wanted }: Undisturbed): Promise<Row> {
  return inEmptyInstance(world, plan.generation, async (instance, environment, up) => {
    const { proxy } = instance;
    proxy.forgetRequests();
    const faultsMet = injectPlan(proxy, plan);
    const first = await up();
    const met = faultsMet();
    await proxy.clear();
    const look = () => settledVerdict(() => observe(world, instance, environment), wanted);
    const atOnce = first.ended === 'finished' ? [await look()] : [];
    const second = await up();
    const leaked = await leaksOf(world, environment);
    const verdicts = [...atOnce, { ...(await look()), leaked }];
    const verdict = verdicts.find((one) => !isClean(one)) ?? verdicts[0]!;
    const problems = [...problemsOf(first), ...problemsAgain(first, second)];
    const isBroken = problems.length > 0 || !isClean(verdict);
    return {
      ...verdict,
      plan: describePlan(plan),
      generation: plan.generation,
      outcome: isBroken ? 'broken' : first.ended === 'finished' ? 'finished at once' : 'clean failure',
      met,
      seconds: first.seconds,
      ...(first.ended === 'failed' ? { failure: `${first.type}: ${first.message}` } : {}),
      problems,
    };
  });
}

/** A step that Temporal gave up may still be at its end, with a lock in its hand: what is wrong is looked at again. */
async function settledVerdict(look: () => Promise<Facts>, wanted: Facts): Promise<Verdict> {
  const verdict = judgeFacts(await look(), wanted);
  if (isClean(verdict)) return verdict;
  await sleep(SETTLE_MS);
  return judgeFacts(await look(), wanted);
}

const judgeFacts = (facts: Facts, wanted: Facts) => judge({ ended: 'finished', facts, leaks: [] }, wanted);

function inEmptyInstance<T>(
  world: World,
  generation: Generation,
  work: (instance: Instance, environment: string, up: () => Promise<Ended>) => Promise<T>,
): Promise<T> {
  const { worker, given } = world;
  return world.withInstance(generation, async (instance) => {
    const environment = `run-${++runs}`;
    const { proxy } = instance;
    try {
      return await work(instance, environment, () => worker.up(environment, given, proxy.address));
    } finally {
      await proxy.clear();
      worker.forget(environment);
    }
  });
}

function problemsOf(first: Ended): string[] {
  switch (first.ended) {
    case 'finished':
      return first.outcome === 'complete' ? [] : [`outcome ${first.outcome}`];
    case 'failed':
      return judgeFailure(first);
    case 'hung':
      return ['it hung'];
  }
}

function problemsAgain(first: Ended, second: Ended): string[] {
  if (second.ended !== 'finished') return [`then without faults: ${describeEnd(second)}`];
  if (first.ended !== 'finished' || second.changes.length === 0) return [];
  return [`a finished run left something to do: ${second.changes.join(', ')}`];
}

function describeEnd(end: Ended): string {
  switch (end.ended) {
    case 'finished':
      return `finished, changes: ${end.changes.join(', ') || 'none'}`;
    case 'failed':
      return `failed, ${end.type}: ${end.message}`;
    case 'hung':
      return 'hung';
  }
}

/** What a run broke, in one line. */
export const describeBroken = (row: Row): string => [...describeVerdict(row), ...row.problems].join('; ');
