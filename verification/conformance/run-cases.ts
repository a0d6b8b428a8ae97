import { Absent, Mismatch } from './expect';
import type { AdministratorWorld, Case, World } from './world';

export type Outcome =
  | { name: string; outcome: 'ok' }
  | { name: string; outcome: 'FAIL' | 'skip'; reason: string };

/** Runs the cases one after the other, tells each outcome at once, and undoes what they made. */
export async function runCases(
  world: World,
  cases: Case[],
  tell: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  try {
    for (const each of cases) {
      const outcome = await runCase(world, each);
      tell(outcome);
      outcomes.push(outcome);
    }
  } finally {
    for (const undo of world.cleanUp.reverse()) await undo();
  }
  return outcomes;
}

async function runCase(world: World, each: Case): Promise<Outcome> {
  const { name } = each;
  if (each.only !== undefined && each.only !== world.generation) {
    return { name, outcome: 'skip', reason: `only the ${each.only} generation` };
  }
  try {
    if (each.needs === undefined) {
      await each.run(world);
    } else if (isAdministrators(world)) {
      await each.run(world);
    } else {
      return { name, outcome: 'skip', reason: 'needs --email and --password of an administrator' };
    }
    return { name, outcome: 'ok' };
  } catch (error) {
    if (error instanceof Absent) return { name, outcome: 'skip', reason: error.message };
    if (error instanceof Mismatch) return { name, outcome: 'FAIL', reason: error.message };
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
    return { name, outcome: 'FAIL', reason };
  }
}

const isAdministrators = (world: World): world is AdministratorWorld => world.administrator !== undefined;
