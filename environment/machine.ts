import { ApplicationFailure } from '@temporalio/common';
import { statfs } from 'node:fs/promises';
import type { Context } from '@temporalio/activity';
import { missingPrerequisite, severalProblems } from '../contracts/core/failures';
import { checkEngine } from '../stack/engine/check-engine';
import { readEngineFacts } from '../stack/engine/connect-engine';
import type { Environment } from './environment';
import { exchange } from './network/exchange';
import { assertWritable } from './files/writable';

const MIB = 1024 * 1024;
/** All state files together stay below 1 MiB; plans, logs and the histories of an embedded Temporal grow. */
const STATE_NEEDS = 16 * MIB;
/** Postgres stops for good when it cannot write its log: far from there is where to stop. */
const DATA_NEEDS = 512 * MIB;

/**
 * Everything on this machine that can be refused before the first irreversible act, in one failure. An engine that does
 * not run yet is asked after it was started. A dry run starts nothing and asks for a place to write only. Answers what
 * was noted on the way.
 */
export async function checkMachine(
  environment: Environment,
  dryRun: boolean,
  temporalClock: () => Promise<ClockReading | undefined>,
): Promise<string[]> {
  const notes: string[] = [];
  const { stateDir, external } = environment;
  const asked = external === undefined && !dryRun ? askEngine(environment) : Promise.resolve(undefined);
  const state = await stateProblems(stateDir);
  // nothing else can be looked at without a place for the installation's own key
  if (state.length > 0 || dryRun) return done(state, notes);
  const problems = await Promise.all([
    checkDisk(stateDir, 'the state directory', STATE_NEEDS),
    temporalClock().then(clockProblems),
    external === undefined
      ? engineProblems(environment, await asked, (note) => notes.push(note))
      : infisicalClock(external).then(clockProblems),
  ]);
  return done(problems.flat(), notes);
}

/** The engine's facts and the stack that shall run on it; undefined where the next steps have to tell what is wrong. */
async function askEngine(environment: Environment) {
  const engine = environment.engine();
  const [facts, stack] = await Promise.all([
    readEngineFacts(engine),
    environment.stack().catch(() => undefined),
  ]);
  return facts === undefined || stack === undefined ? undefined : { engine, facts, stack };
}

async function engineProblems(
  environment: Environment,
  found: Awaited<ReturnType<typeof askEngine>>,
  note: (change: string) => void,
): Promise<ApplicationFailure[]> {
  if (found === undefined) return [];
  const { engine, facts, stack } = found;
  const { stateDir } = environment;
  const [disk, engineOnes] = await Promise.all([
    facts.dataRoot === undefined ? [] : checkDisk(facts.dataRoot, 'the Docker Engine’s data', DATA_NEEDS),
    checkEngine(engine, stack, {
      environment: environment.environment,
      stateDir,
      variables: environment.stackVariables(),
      note,
    }),
  ]);
  return [...checkClock(facts.clock), ...disk, ...engineOnes];
}

function done(problems: ApplicationFailure[], notes: string[]): string[] {
  if (problems.length > 0) throw severalProblems(problems);
  return notes;
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

/** What speaks against a folder's disk: fewer than `needs` bytes free. Nothing where it cannot be asked. */
async function checkDisk(folder: string, what: string, needs: number): Promise<ApplicationFailure[]> {
  const disk = await statfs(folder).catch(() => undefined);
  if (disk === undefined) return [];
  const free = disk.bavail * disk.bsize;
  if (free >= needs) return [];
  return [
    missingPrerequisite(
      `The disk of ${what} (${folder}) has ${Math.floor(free / MIB)} MiB free, and ${needs / MIB} are needed. Free some space there and run again.`,
    ),
  ];
}

/** Tokens, leases and grants are good for minutes; network time keeps clocks within a second. */
const MAX_SKEW_MS = 5 * 60_000;
const PATIENCE_MS = 2_000; // an Infisical that does not answer is waited for later, where that can be seen
const LONG_MS = 60_000;

/** A look at another clock; times in milliseconds since 1970. */
export interface ClockReading {
  /** Whose clock, in words. */
  of: string;
  theirs: number;
  /** This machine's time at the moment of the reading. */
  ours: number;
}

/** What speaks against a clock: more than five minutes between it and this machine's. */
export function checkClock({ of, theirs, ours }: ClockReading): ApplicationFailure[] {
  const skew = theirs - ours;
  if (!(Math.abs(skew) > MAX_SKEW_MS)) return []; // also without a time to compare
  const [now, other] = [ours, theirs].map((time) => `${new Date(time).toISOString().slice(0, 19)}Z`);
  return [
    missingPrerequisite(
      `The clock of ${of} says ${other}, this machine's ${now}: ${inWords(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} it, and at most 5 minutes are allowed. Correct the wrong one, for example with: timedatectl set-ntp true`,
    ),
  ];
}

function inWords(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes < 120) return `${Math.round(minutes)} minutes`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
}

/** The time of an Infisical by the Date header of its status, exact to a second; undefined where it does not tell. */
export async function infisicalClock(address: string): Promise<ClockReading | undefined> {
  try {
    const { headers } = await exchange(`${address}/api/status`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { date } = headers;
    if (date === undefined) return undefined;
    return { of: `Infisical at ${address}`, theirs: Date.parse(date), ours: Date.now() };
  } catch {
    return undefined;
  }
}

/**
 * The time of the Temporal server, by when it handed out this activity. A run that waited for its worker looks like a
 * clock that is behind: only then the server is asked when this attempt started.
 */
export async function temporalClock(context: Context): Promise<ClockReading | undefined> {
  const { activityId, currentAttemptScheduledTimestampMs, workflowExecution } = context.info;
  const reading = (theirs: number) => ({ of: 'the Temporal server', theirs, ours: Date.now() });
  const scheduled = reading(currentAttemptScheduledTimestampMs);
  if (Math.abs(scheduled.theirs - scheduled.ours) < LONG_MS || workflowExecution === undefined)
    return scheduled;
  const { workflowId, runId } = workflowExecution;
  const { raw } = await context.client.workflow.getHandle(workflowId, runId).describe();
  const started = raw.pendingActivities?.find(
    (pending) => pending.activityId === activityId,
  )?.lastStartedTime;
  return started?.seconds ? reading(Number(started.seconds) * 1000) : undefined;
}
