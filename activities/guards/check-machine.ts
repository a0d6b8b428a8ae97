import { ApplicationFailure } from '@temporalio/common';
import { severalProblems } from '../../contracts/core/failures';
import type { Configuration } from '../../contracts/settings/configuration';
import type { Settings } from '../../contracts/settings/settings';
import { engineCall } from '../docker/engine-error';
import { pingEngine } from '../docker/ping-engine';
import { assertWritable } from '../files/assert-writable';
import type { Changed } from '../host-activities';
import { loadStack } from '../stack/load-stack';
import { engineOf } from '../stack/stack-context';
import { checkClock, type ClockReading } from './check-clock';
import { checkDisk, STATE_NEEDS } from './check-disk';
import { checkEngine } from './check-engine';
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
  const state = await stateProblems(settings.stateDir);
  // nothing else can be looked at without a place for the installation's own key
  if (state.length > 0 || settings.dryRun) return done(state, changes);
  const { infrastructure } = settings;
  const problems = await Promise.all([
    checkDisk(settings.stateDir, 'the state directory', STATE_NEEDS),
    temporalClock().then(clockProblems),
    infrastructure.kind === 'external'
      ? infisicalClock(infrastructure.address).then(clockProblems)
      : stackProblems(settings, config, (change) => changes.push(change)),
  ]);
  return done(problems.flat(), changes);
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

async function stackProblems(
  settings: Settings,
  config: Configuration,
  note: (change: string) => void,
): Promise<ApplicationFailure[]> {
  // a stack that cannot be read is the next step's to tell
  const stack = await loadStack(settings, config).catch(() => undefined);
  const engine = engineOf(config);
  if (stack === undefined || (await pingEngine(engine)).state !== 'alive') return [];
  return engineCall(() => checkEngine(engine, stack, settings, { config, note }));
}
