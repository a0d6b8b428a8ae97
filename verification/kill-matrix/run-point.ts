import { CLEAN, isClean, judge, type Facts, type Verdict } from '../harness/judge';
import { phaseOf } from '../harness/product';
import type { KillPoint, Passage } from './kill-points';
import { inMachine } from './machine/start-machine';
import type { PlantedFault } from './side-effects/orders';
import type { Workspace } from './workspace';

/** What became of one kill point. */
export interface Row extends KillPoint, Verdict {
  outcome: 'recovered' | 'failed' | 'not reached' | 'victim absent';
  /** From the kill to the end of the run. */
  seconds?: number;
  /** How often `up` was started. */
  ups?: number;
  /** What each `up` said last that failed. */
  output?: string;
}

/** The writer's lease is renewed as time passes, not at a place of the run: its first file is a side effect. */
const RENEWAL = /\/writer\.(json|lock\S*) #(?!1$)/;

/** A run that nobody disturbs: its side effects, and what it leaves. */
export async function undisturbedRun(
  workspace: Workspace,
): Promise<{ passages: Passage[]; facts: Facts; seconds: number; leaks: string[] }> {
  const result = await inMachine(workspace, workspace.job);
  if (result.ended !== 'finished')
    throw new Error(`The undisturbed run did not finish:\n${'output' in result ? result.output : ''}`);
  // A link whose name is taken already changes nothing: only what came to its end is a side effect.
  const done = new Set(
    result.passages.filter(({ moment }) => moment === 'after').map(({ effect }) => effect),
  );
  const passages = result.passages
    .filter(({ effect }) => done.has(effect) && !RENEWAL.test(effect))
    .map(({ effect, moment, activity }) => ({ effect, moment, phase: phaseOf(activity) }));
  return { ...result, passages };
}

/** Kills at one point, lets the run end, and compares what it left. */
export async function runPoint(
  workspace: Workspace,
  point: KillPoint,
  undisturbed: Facts,
  fault?: PlantedFault,
): Promise<Row> {
  const job = { ...workspace.job, kill: point, ...(fault === undefined ? {} : { fault }) };
  const result = await inMachine(workspace, job);
  switch (result.ended) {
    case 'victim absent':
      return { ...point, ...CLEAN, outcome: 'victim absent' };
    case 'not reached':
      return { ...point, ...CLEAN, outcome: 'not reached', output: result.output };
    case 'finished':
    case 'unfinished': {
      const verdict = judge(result, undisturbed);
      const { seconds, ups, output } = result;
      const outcome = isClean(verdict) ? 'recovered' : 'failed';
      return { ...point, ...verdict, outcome, seconds, ups, ...(output === '' ? {} : { output }) };
    }
  }
}
