import { text } from 'node:stream/consumers';
import { watchWorkflowId } from '../../contracts/core/names';
import { Secret } from '../../contracts/core/secret';
import { present } from '../../contracts/core/record';
import type { Watched } from '../../contracts/run/drift';
import type { Choices } from '../../contracts/run/run-ref';
import { forgetNotified, saveNotified } from '../../environment/notify';
import { readWatchState } from '../../environment/watch-state';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { renderLook } from '../render/look';
import { openSession, ofOthers, type Session } from '../session';
import {
  ensureSchedule,
  pauseSchedule,
  readSchedule,
  removeSchedule,
  type ScheduleState,
} from '../temporal/schedules';
import { runToEnd } from '../writer-run';

/** What commander hands over. */
export interface WatchFlags {
  environment?: string;
  /** Seconds. */
  every?: number;
  onDrift?: 'fail' | 'heal';
  now?: boolean;
  pause?: boolean;
  remove?: boolean;
  accept?: string[];
  /** False for `--no-notify`. */
  notify?: string | false;
}

/**
 * Has Temporal look at the environment again and again, or looks at it now; without a flag, tells what was seen last and
 * when the next look is due. Code 1 where something is not as declared, 3 where it could not be seen.
 */
export async function watch(flags: WatchFlags, context: CommandContext): Promise<ExitCode> {
  const environment = await context.host.choose(flags.environment);
  if (flags.notify !== undefined) await declareNotified(flags.notify, environment, context);
  const { every, onDrift, now = false, pause = false, remove = false, accept = [] } = flags;
  const changesSchedule = every !== undefined || pause || remove;
  const isDeclared = flags.notify !== undefined;
  if (isDeclared && !changesSchedule && !now && accept.length === 0) return ExitCode.ok;
  const scheduled = await withSchedule(context, environment, async (session, taskQueue) => {
    const scheduleId = watchWorkflowId(environment);
    if (changesSchedule) context.terminal.progress(await changed(session, taskQueue));
    return readSchedule(session.client, scheduleId, taskQueue);

    async function changed({ client, server }: Session, queue: string): Promise<string> {
      if (remove)
        return (await removeSchedule(client, scheduleId, queue))
          ? `removed ${scheduleId}`
          : 'nothing to remove';
      if (every === undefined)
        return (await pauseSchedule(client, scheduleId, queue)) ? `paused ${scheduleId}` : 'nothing to pause';
      const input = { environment, ...present({ onDrift }) };
      const how = await ensureSchedule(client, {
        ...{ scheduleId, every, workflow: 'watch', taskQueue: queue, input },
      });
      const needs = server.kind === 'embedded' ? ' (its looks need a worker: onex-bootstrap worker)' : '';
      return `${how} the schedule ${scheduleId}: every ${inWords(every)}${needs}`;
    }
  });
  if (!now && accept.length === 0) {
    if (changesSchedule) return ExitCode.ok;
    return tell(environment, scheduled, context);
  }
  const wanted = onDrift ?? scheduled?.input.onDrift;
  return look(
    { environment, ...present({ onDrift: wanted }), ...(accept.length > 0 && { accept }) },
    context,
  );
}

/** The address stays on this host: whoever reads histories or arguments of runs does not see it. */
async function declareNotified(
  url: string | false,
  environment: string,
  { host, terminal }: CommandContext,
): Promise<void> {
  const stateDir = host.stateDirOf(environment);
  if (url === false) {
    await forgetNotified(stateDir);
    return terminal.progress('nobody is told of changes any more');
  }
  // an address with a token in it is for no list of processes
  const given = url === '-' ? (await text(process.stdin)).trim() : url;
  const file = await saveNotified(stateDir, new Secret(given));
  terminal.progress(`changes are told to that address; what is sent is signed with the key in ${file}`);
}

async function withSchedule<T>(
  { host, terminal }: CommandContext,
  environment: string,
  work: (session: Session, taskQueue: string) => Promise<T>,
): Promise<T> {
  const session = await openSession(host, terminal);
  try {
    for (const refusal of (await ofOthers(session, host, [environment])).values()) throw refusal;
    return await work(session, await host.queueOf(environment));
  } finally {
    await session.client.connection.close();
  }
}

async function look(input: Choices & { environment: string }, context: CommandContext): Promise<ExitCode> {
  const { environment } = input;
  const { host, terminal, json } = context;
  const workflowId = watchWorkflowId(environment);
  const { digest: declaration } = await host.newest(environment);
  const call = {
    type: 'watch',
    workflowId,
    input,
    declaration,
    summary: `look at ${environment}`,
    taskQueue: await host.queueOf(environment),
  } as const;
  return runToEnd<Watched>(call, context, { environment }, async ({ result }) => {
    if (json) terminal.line(JSON.stringify({ environment, ...result }, null, 2));
    else renderLook(await readWatchState(host.stateDirOf(environment)), terminal);
    return codeOf(result.outcome);
  });
}

async function tell(
  environment: string,
  schedule: ScheduleState | undefined,
  { host, terminal, json }: CommandContext,
): Promise<ExitCode> {
  const state = await readWatchState(host.stateDirOf(environment));
  if (json) terminal.line(JSON.stringify({ environment, schedule, ...state }, null, 2));
  else {
    terminal.line(
      schedule === undefined
        ? `  no schedule: onex-bootstrap watch -e ${environment} --every 15m`
        : `  every ${inWords(schedule.every)}, ${schedule.paused ? 'paused' : `next at ${schedule.next?.toISOString() ?? 'an unknown time'}`}`,
    );
    renderLook(state, terminal);
  }
  return state.last === undefined ? ExitCode.ok : codeOf(state.last.outcome);
}

function codeOf(outcome: string): ExitCode {
  if (outcome === 'in step') return ExitCode.ok;
  return outcome === 'unobserved' ? ExitCode.missingPrerequisite : ExitCode.stepFailed;
}

const UNITS: [string, number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
];

/** Seconds as they are given: `15m`. */
function inWords(seconds: number): string {
  const [unit, length] = UNITS.find(([, size]) => seconds % size === 0) ?? ['s', 1];
  return `${seconds / length}${unit}`;
}
