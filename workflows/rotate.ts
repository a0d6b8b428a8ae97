import { sleep } from '@temporalio/workflow';
import { badInput } from '../contracts/core/failures';
import { ROTATED, type Rotation, type RotationReport, type Switched } from '../contracts/run/rotation';
import type { Choices } from '../contracts/run/run-ref';
import type { Changed } from '../contracts/run/summaries';
import type { StackOutline } from '../stack/compose/outline-stack';
import { asWriter, type Carried } from './one-writer';
import { note } from './phase-notes';
import { startServices } from './phases/infrastructure';
import { prefetch } from './phases/prefetch';
import { standing, wholeStack, type Ground } from './phases/recovery';
import { startRuntime } from './phases/runtime';
import type { Run } from './run';

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
    const since = Math.max(...switched.map(({ at }) => at));
    await run.phase(
      'overlap',
      () => wait(run, since, rotation),
      () => `${overlapSeconds} s`,
    );
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
    const { environment } = run.ref;
    run.finish('complete', `nothing to do; to see what runs: onex-bootstrap status -e ${environment}`);
    return { environment, outcome: 'complete' as const, rotated: names, changes: run.changes };
  });
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
async function wait(run: Run, since: number, { overlapSeconds }: Rotation): Promise<void> {
  const until = since + overlapSeconds * 1000;
  const left = until - Date.now();
  if (left <= 0) return;
  await run.awaiting(`readers to take the new ones, until ${new Date(until).toISOString()}`, () =>
    sleep(left),
  );
}
