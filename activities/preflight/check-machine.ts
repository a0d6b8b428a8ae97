import { ApplicationFailure } from '@temporalio/common';
import { severalProblems } from '../../contracts/core/failures';
import type { Configuration } from '../../contracts/settings/configuration';
import type { Settings } from '../../contracts/settings/settings';
import { readEngineFacts } from '../../stack/engine/connect-engine';
import { assertWritable } from '../../environment/files/writable';
import type { Changed } from '../host-activities';
import { loadStack } from '../stack/load-stack';
import { engineOf } from '../stack/stack-context';
import { checkClock, type ClockReading } from './check-clock';
import { checkDisk, DATA_NEEDS, STATE_NEEDS } from './check-disk';
import { checkEngine } from '../../stack/engine/check-engine';
import { infisicalClock } from './infisical-clock';

/**
 * Everything on this machine that can be refused before the first irreversible act, in one failure. An engine that does
 * not run yet is asked after it was started. A dry run starts nothing and asks for a place to write only.
 */
export async function checkMachine(
  settings: Settings,
  config: Configuration,
  temporalClock: () => Promise<ClockReading | undefined>,
): Promise<Changed> {
  const changes: string[] = [];
  const { stateDir, infrastructure, dryRun } = settings;
  const asked = infrastructure.kind === 'stack' && !dryRun ? askEngine(settings, config) : undefined;
  const state = await stateProblems(stateDir);
  // nothing else can be looked at without a place for the installation's own key
  if (state.length > 0 || dryRun) return done(state, changes);
  const problems = await Promise.all([
    checkDisk(stateDir, 'the state directory', STATE_NEEDS),
    temporalClock().then(clockProblems),
    infrastructure.kind === 'external'
      ? infisicalClock(infrastructure.address).then(clockProblems)
      : stackProblems(settings, config, { asked, note: (change) => changes.push(change) }),
  ]);
  return done(problems.flat(), changes);
}

/** The engine's facts and the stack that shall run on it; undefined where the next steps have to tell what is wrong. */
async function askEngine(settings: Settings, config: Configuration) {
  const engine = engineOf(config);
  const [facts, stack] = await Promise.all([
    readEngineFacts(engine),
    loadStack(settings, config).catch(() => undefined),
  ]);
  return facts === undefined || stack === undefined ? undefined : { engine, facts, stack };
}

async function stackProblems(
  settings: Settings,
  config: Configuration,
  { asked, note }: { asked: ReturnType<typeof askEngine> | undefined; note: (change: string) => void },
): Promise<ApplicationFailure[]> {
  const found = await asked;
  if (found === undefined) return [];
  const { engine, facts, stack } = found;
  const { stateDir } = settings;
  const { variables } = config;
  const problems = await Promise.all([
    facts.dataRoot === undefined ? [] : checkDisk(facts.dataRoot, 'the Docker Engine’s data', DATA_NEEDS),
    checkEngine(engine, stack, { stateDir, variables, note }),
  ]);
  return [...checkClock(facts.clock), ...problems.flat()];
}

function done(problems: ApplicationFailure[], changes: string[]): Changed {
  if (problems.length > 0) throw severalProblems(problems);
  return { changes };
}

const clockProblems = (reading: ClockReading | undefined) =>
  reading === undefined ? [] : checkClock(reading);

async function stateProblems(stateDir: string): Promise<ApplicationFailure[]> {
  try {
    await assertWritable(stateDir);
    return [];
  } catch (error) {
    if (error instanceof ApplicationFailure) return [error];
    throw error;
  }
}
