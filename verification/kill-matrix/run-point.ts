import { CLEAN, isClean, judge, type Facts } from '../harness/judge';
import { sideEffects, type KillPoint, type Passage } from './kill-points';
import type { Job, JobResult, Row, Sequence, SequenceLine, Setting } from './machine/job';
import { inMachine } from './machine/start-machine';
import type { PlantedFault } from './side-effects/orders';
import type { Workspace } from './workspace';

/** A run that nobody disturbs: its side effects, and what it leaves. */
export async function undisturbedRun(
  workspace: Workspace,
): Promise<{ passages: Passage[]; facts: Facts; seconds: number; leaks: string[] }> {
  const result = await jobIn(workspace, workspace.job);
  if (result.ended !== 'finished')
    throw new Error(`The undisturbed run did not finish:\n${'output' in result ? result.output : ''}`);
  return { ...result, passages: sideEffects(result.passages) };
}

async function jobIn(workspace: Workspace, job: Job): Promise<JobResult> {
  const results: JobResult[] = [];
  await inMachine<JobResult>(workspace, job, (result) => results.push(result));
  return results[0]!;
}

/** Kills commands at one point after the other in one machine; it ends early where one did harm. */
export const runPoints = (
  workspace: Workspace,
  sequence: Omit<Sequence, keyof Setting>,
  onLine: (line: SequenceLine) => void,
): Promise<void> => inMachine<SequenceLine>(workspace, { ...workspace.job, ...sequence }, onLine);

/** Kills at one point, lets the run end, and compares what it left. */
export async function runPoint(
  workspace: Workspace,
  point: KillPoint,
  undisturbed: Facts,
  fault?: PlantedFault,
): Promise<Row> {
  const job = { ...workspace.job, kill: point, ...(fault === undefined ? {} : { fault }) };
  const result = await jobIn(workspace, job);
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
