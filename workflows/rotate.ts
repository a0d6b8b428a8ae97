import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, sleep, startChild } from '@temporalio/workflow';
import { badInput, partial } from '../contracts/core/failures';
import { ROTATED, type Rotation, type RotationReport, type Switched } from '../contracts/run/rotation';
import { present } from '../contracts/core/record';
import type { Choices } from '../contracts/run/run-ref';
import { listed, NO_HOSTS, shortened, type Changed, type HostsSummary } from '../contracts/run/summaries';
import type { StackOutline } from '../stack/compose/order';
import { asWriter, WORKFLOW_TASK_TIMEOUT, type Carried } from './one-writer';
import { note } from './phase-notes';
import { startServices } from './phases/infrastructure';
import { serveHosts } from './phases/hosts';
import { prefetch } from './phases/prefetch';
import { standing, wholeStack, type Ground } from './phases/recovery';
import { startRuntime } from './phases/runtime';
import { HELD_OVERLAP_MS } from './policies';
import type { Run } from './run';

const MOST_NAMES = 100; // characters of an id
// a host's start after a crash; what stays away longer is the next run's
const HOSTS_BACK_SECONDS = 60;
const PHASES = ['prepare', 'switch', 'overlap', 'retire'];

/**
 * Credentials made anew without a moment in which a reader has none that works: the new ones are made beside the old ones,
 * proven, given to the readers, and after their time the old ones are ended. What was prepared before a kill is what goes on.
 */
export function rotate(input: Choices = {}, carried?: Carried): Promise<RotationReport> {
  return asWriter(input, carried, PHASES, async (run) => {
    const rotation = asked(run);
    const { names, overlapSeconds, value } = rotation;
    const stack = run.ownsStack
      ? await run.step('quick', 'the stack file to be read', (host) => host.readStack(run.ref))
      : undefined;
    const ground = wholeStack(stack?.services ?? []);
    const each = eachOf(run, names, ground);
    const { ref } = run;

    await run.phase(
      'prepare',
      () =>
        each(
          (name) => `a new ${name}`,
          (host, name) => host.prepareRotation(ref, name, value),
        ),
      counted('made'),
    );
    const switched = await run.phase(
      'switch',
      () =>
        each(
          (name) => `the readers of ${name} to be given the new one`,
          (host, name) => host.switchRotation(ref, name, value),
        ),
      counted('switched'),
    );
    await deliver(run, switched, { stack, ground, each });
    const deliverToHosts = (waitForHosts?: number) =>
      run.phase('hosts', () => serveHosts(run, { waitForHosts }), note.hosts);
    if (run.start.hosts === true) run.addPhase('hosts', 'overlap');
    let hosts = run.start.hosts === true ? await deliverToHosts() : NO_HOSTS;
    // a host's readers have their time from when the host got them; a later run finds that it has them
    const gotAt = hosts.changes.count > 0 ? Date.now() : 0;
    const until = Math.max(gotAt, ...switched.map(({ at }) => at)) + overlapSeconds * 1000;
    if (until - Date.now() > HELD_OVERLAP_MS) return retireLater(run, rotation, { until, hosts });
    const overlap = (end: number) =>
      run.phase(
        'overlap',
        () => wait(run, end),
        () => `${overlapSeconds} s`,
      );
    await overlap(until);
    // one that was away, or was killed amid its share, reads nothing with the old one dead
    if (hosts.unserved.count > 0) {
      hosts = await deliverToHosts(HOSTS_BACK_SECONDS);
      if (hosts.changes.count > 0) await overlap(Date.now() + overlapSeconds * 1000);
    }
    await run.phase(
      'retire',
      () =>
        each(
          (name) => `the old ${name} to be dead`,
          (host, name) => host.retireRotation(ref, name, value),
        ),
      counted('retired'),
    );
    await run.step('quick', 'the end of the rotation to be noted', (host) =>
      host.endRotations(ref, names, value),
    );
    return ended(run, names, hosts);
  });
}

/** A host without the new ones reads nothing, and its own start does not change that: where any may lack them, the run is partial. */
function ended(run: Run, names: readonly string[], { unserved: trouble }: HostsSummary): RotationReport {
  const { environment } = run.ref;
  const result = { environment, rotated: names, changes: run.changes };
  if (trouble.count === 0) {
    run.finish('complete', `nothing to do; to see what runs: onex-bootstrap status -e ${environment}`);
    return { ...result, outcome: 'complete' };
  }
  const next = `mend that there, or start the worker where none answers, then onex-bootstrap hosts serve -e ${environment}`;
  run.finish('partial', next, trouble.first);
  throw partial(
    `${names.join(', ')} of ${environment} rotated, and hosts were not served, so that they may lack the new ones: ${trouble.first.join('; ').replace(/\.$/, '')}. Next: ${next}`,
    { ...result, outcome: 'partial', trouble } satisfies RotationReport,
  );
}

function asked(run: Run): Rotation {
  const { environment, dryRun } = run.ref;
  if (run.start.rotation === undefined)
    throw badInput(
      `Say what is to be rotated: {"environment": "${environment}", "rotate": ["client-secrets"]}. There are ${ROTATED.join(', ')}.`,
    );
  if (dryRun) throw badInput('A rotation has no dry run: it changes what it names, and nothing else.');
  return run.start.rotation;
}

type Host = Parameters<Parameters<Run['step']>[2]>[0];
type Each = ReturnType<typeof eachOf>;

/** Does a step for one name after the other: an administrator's password may be among them. */
function eachOf(run: Run, names: readonly string[], ground: Ground) {
  return async <T extends Changed>(
    waitingFor: (name: string) => string,
    step: (host: Host, name: string) => Promise<T>,
  ): Promise<T[]> => {
    const results: T[] = [];
    for (const name of names) {
      const result = await standing(run, ground, (limits) =>
        run.step('infisical', waitingFor(name), (host) => step(host, name), limits),
      );
      run.note(result.changes);
      results.push(result);
    }
    return results;
  };
}

const counted = (done: string) => (results: readonly unknown[]) => `${results.length} ${done}`;

interface Places {
  stack: StackOutline | undefined;
  ground: Ground;
  each: Each;
}

/** What only reads at its start is started with the new ones; nodes get theirs in their files. */
async function deliver(
  run: Run,
  switched: readonly Switched[],
  { stack, ground, each }: Places,
): Promise<void> {
  if (stack !== undefined && switched.some(({ then }) => then === 'services')) {
    run.addPhase('services', 'overlap');
    await run.phase('services', () => startServices(run, stack), note.infrastructure);
  }
  if (switched.every(({ then }) => then === undefined)) return;
  run.addPhase('nodes', 'overlap');
  const serve = async () => {
    await each(
      (name) => `copies of ${name} to be written`,
      (host, name) => host.passRotation(run.ref, name),
    );
    const nodes = await prefetch(run, ground);
    await startRuntime(run, stack);
    return nodes;
  };
  await run.phase('nodes', serve, note.prefetch);
}

/** A run that goes on after a kill, or in place of one that was ended, waits for what is left. */
async function wait(run: Run, until: number): Promise<void> {
  const left = until - Date.now();
  if (left > 0) await run.awaiting(timeFor(until), () => sleep(left));
}

const timeFor = (until: number) => `readers to take the new ones, until ${new Date(until).toISOString()}`;

/**
 * Hours in which nobody else could change the environment are too many: another run goes on with this rotation, as with one
 * that was killed here, once the readers had their time. The lock is free until then.
 */
async function retireLater(
  run: Run,
  rotation: Rotation,
  { until, hosts }: { until: number; hosts: HostsSummary },
): Promise<RotationReport> {
  const { environment } = run.ref;
  const { names, overlapSeconds: overlap, value } = rotation;
  const workflowId = `rotate/${environment}/end/${shortened(names.join('+'), MOST_NAMES)}`;
  const at = new Date(until).toISOString();
  const carried: Carried = {
    ...{ restarts: 0, changes: listed([]), startedBy: run.startedBy },
    notBefore: { at: until, for: timeFor(until) },
  };
  const start = () =>
    startChild<typeof rotate>('rotate', {
      workflowId,
      args: [{ environment, rotate: [...names], overlap, ...present({ value }) }, carried],
      staticSummary: `end the old ${shortened(names.join(', '), MOST_NAMES)} of ${environment}`,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    }).then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error; // of an earlier run of this rotation
      },
    );
  await run.phase('overlap', start, () => `${workflowId} ends the old ones at ${at}`);
  run.finish('changes pending', `${workflowId} ends the old ones at ${at}; it needs a worker then`);
  return {
    ...{ environment, outcome: 'changes pending', rotated: [], changes: run.changes },
    ...(hosts.unserved.count > 0 && { trouble: hosts.unserved }),
    endsBy: { workflowId, at },
  };
}
