import { setTimeout as sleep } from 'node:timers/promises';
import { bootstrapWorkflowId } from '../../contracts/core/names';
import { isClean, judge, type Verdict } from '../kill-matrix/judge';
import type { Facts } from '../kill-matrix/observe/facts';
import type { Instance } from '../../test/infisical/instances';
import { describePlan, type FaultPlan, type Generation } from './fault-plan';
import { injectPlan, withoutIds, type MetFault } from './inject-plan';
import { judgeFailure } from './judge-failure';
import { emptyDatabase } from './observe/database-names';
import { findLeaks, historiesOf, valuesOf } from './observe/find-leaks';
import { observe } from './observe/observe';
import type { Ended } from './product';
import type { World } from './world';

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
    if (again.ended !== 'finished' || again.report.changes.length > 0)
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

const judgeFacts = (facts: Facts, wanted: Facts) =>
  judge({ ended: 'finished', facts, leaks: [], seconds: 0, ups: 1, output: '', passages: [] }, wanted);

async function inEmptyInstance<T>(
  world: World,
  generation: Generation,
  work: (instance: Instance, environment: string, up: () => Promise<Ended>) => Promise<T>,
): Promise<T> {
  return world.withInstance(generation, async (instance) => {
    const environment = `run-${++runs}`;
    await emptyDatabase(instance);
    const input = { ...world.input, infisical: instance.proxy.address };
    try {
      return await work(instance, environment, () => world.product.up(environment, input));
    } finally {
      await instance.proxy.clear();
      world.product.forget(environment);
    }
  });
}

async function leaksOf({ product, canaries }: World, environment: string): Promise<string[]> {
  const histories = await historiesOf(product.client, bootstrapWorkflowId(environment));
  if (!histories.includes('readRequirements')) throw new Error('The histories cannot be searched.');
  const values = valuesOf(product.stateDir(environment), canaries);
  return findLeaks(values, {
    'histories of Temporal': histories,
    'what the worker printed': product.printed,
  });
}

function problemsOf(first: Ended): string[] {
  switch (first.ended) {
    case 'finished':
      return first.report.outcome === 'complete' ? [] : [`outcome ${first.report.outcome}`];
    case 'failed':
      return judgeFailure(first);
    case 'hung':
      return ['it hung'];
  }
}

function problemsAgain(first: Ended, second: Ended): string[] {
  if (second.ended !== 'finished') return [`then without faults: ${describeEnd(second)}`];
  if (first.ended !== 'finished' || second.report.changes.length === 0) return [];
  return [`a finished run left something to do: ${second.report.changes.join(', ')}`];
}

function describeEnd(end: Ended): string {
  switch (end.ended) {
    case 'finished':
      return `finished, changes: ${end.report.changes.join(', ') || 'none'}`;
    case 'failed':
      return `failed, ${end.type}: ${end.message}`;
    case 'hung':
      return 'hung';
  }
}
