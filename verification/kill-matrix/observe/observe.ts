import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../machine/job';
import { places } from '../machine/places';
import { databaseNames } from './database-names';
import { diskNames } from './disk-names';
import { engineNames } from './engine-names';
import { countNames, type Facts } from './facts';
import { findLeaks } from './find-leaks';
import { givenValues } from './given-values';

const SETTLED_MS = 20_000; // what was killed last may still be on its way back
const POLL_MS = 100;

/** Everything that the run left, once it has settled; and every place where a value shows. */
export async function observe(
  { envFiles }: Job,
  report: string,
  printed: string,
): Promise<{ facts: Facts; leaks: string[] }> {
  await settled();
  const names = [databaseNames, engineNames, () => diskNames(diskOf(envFiles)), () => reportNames(report)];
  return {
    facts: countNames(names.flatMap((read) => orProblem(read))),
    leaks: await findLeaks(envFiles, printed).catch((error: unknown) => [`search failed: ${String(error)}`]),
  };
}

const diskOf = (envFiles: readonly string[]) => ({
  folders: [places.state, places.nodes],
  stateDir: places.ofEnvironment,
  nodesDir: join(places.nodes, places.environment, 'all'),
  given: new Set(givenValues(envFiles).map(([, value]) => value)),
});

/** Until the database answers and every container runs; what is not so by then is a finding. */
async function settled(): Promise<void> {
  for (const deadline = Date.now() + SETTLED_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    const isRunning = (name: string) => !name.startsWith('container ') || name.endsWith(' running');
    const [data, engine] = [orProblem(databaseNames), orProblem(engineNames)];
    if (data.length > 1 && engine.length > 1 && engine.every(isRunning)) return;
  }
}

function reportNames(text: string): string[] {
  const { outcome, runtime } = JSON.parse(text) as {
    outcome: string;
    runtime: { name: string; proof: string }[];
  };
  return [`outcome ${outcome}`, ...runtime.map(({ name, proof }) => `${name} ${proof}`)];
}

function orProblem(read: () => string[]): string[] {
  try {
    return read();
  } catch (error) {
    return [`unreadable: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`];
  }
}
