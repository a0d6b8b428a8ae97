import { sleep } from '@temporalio/workflow';
import { badInput } from '../contracts/core/failures';
import { ROTATED, type Rotation, type RotationReport } from '../contracts/run/rotation';
import type { Choices } from '../contracts/run/run-ref';
import { asWriter, type Carried } from './one-writer';
import type { Run } from './run';

const PHASES = ['prepare', 'switch', 'overlap', 'retire'];

/**
 * Credentials made anew without a moment in which a reader has none that works: the new ones are made beside the old ones,
 * proven, given to the readers, and after their time the old ones are ended. What was prepared before a kill is what goes on.
 */
export function rotate(input: Choices = {}, carried?: Carried): Promise<RotationReport> {
  return asWriter(input, carried, PHASES, async (run) => {
    const rotation = asked(run);
    const { names, overlapSeconds } = rotation;
    await run.phase('prepare', () => each(run, names, prepare), counted('made'));
    const at = await run.phase('switch', () => each(run, names, change), counted('switched'));
    await run.phase(
      'overlap',
      () => wait(run, Math.max(...at), rotation),
      () => `${overlapSeconds} s`,
    );
    await run.phase('retire', () => each(run, names, retire), counted('retired'));
    await run.step('quick', 'the end of the rotation to be noted', (host) =>
      host.endRotations(run.ref, names),
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

/** One after the other: an administrator's password may be among them. */
async function each<T>(run: Run, names: readonly string[], step: (run: Run, name: string) => Promise<T>) {
  const results: T[] = [];
  for (const name of names) results.push(await step(run, name));
  return results;
}

const counted = (done: string) => (results: readonly unknown[]) => `${results.length} ${done}`;

async function prepare(run: Run, name: string): Promise<void> {
  const { changes } = await run.step('infisical', `a new ${name}, proven`, (host) =>
    host.prepareRotation(run.ref, name),
  );
  run.note(changes);
}

async function change(run: Run, name: string): Promise<number> {
  const { changes, at } = await run.step(
    'infisical',
    `the readers of ${name} to be given the new one`,
    (host) => host.switchRotation(run.ref, name),
  );
  run.note(changes);
  return at;
}

async function retire(run: Run, name: string): Promise<void> {
  const { changes } = await run.step('infisical', `the old ${name} to be dead`, (host) =>
    host.retireRotation(run.ref, name),
  );
  run.note(changes);
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
