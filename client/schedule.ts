import { badInput } from '../contracts/core/failures';
import type { Choices } from '../contracts/run/run-ref';
import type { CommandContext } from './command-context';
import { openSession, ofOthers, type Session } from './session';
import { ensureSchedule, pauseSchedule, removeSchedule } from './temporal/schedules';

/** What commander hands over of a schedule. */
export interface ScheduleFlags {
  /** Seconds. */
  every?: number;
  pause?: boolean;
  remove?: boolean;
}

interface Scheduled extends ScheduleFlags {
  environment: string;
  workflow: 'backup' | 'drill' | 'rotate' | 'watch';
  /** Where there may be several of that workflow. */
  scheduleId?: string;
  /** What its runs are told beside the environment. */
  choices?: Choices;
}

export const changesSchedule = ({ every, pause = false, remove = false }: ScheduleFlags) =>
  every !== undefined || pause || remove;

/** Makes, changes, pauses or removes a schedule of the environment, and says what it did. */
export async function schedule(
  { environment, workflow, scheduleId = `${workflow}/${environment}`, choices = {}, ...flags }: Scheduled,
  context: CommandContext,
): Promise<void> {
  const { every, pause = false, remove = false } = flags;
  if ([every !== undefined, pause, remove].filter(Boolean).length > 1)
    throw badInput('Give one of --every, --pause and --remove.');
  const { terminal, json } = context;
  await withSchedules(environment, context, async ({ client, server }, taskQueue) => {
    const done = await change();
    if (json) return terminal.line(JSON.stringify({ schedule: scheduleId, done, every }, null, 2));
    const often = every === undefined ? '' : `, every ${inWords(every)}`;
    terminal.line(`The schedule ${scheduleId}: ${done}${often}.`);
    if (every !== undefined && server.kind === 'embedded')
      terminal.line('It needs a worker at that time: onex-bootstrap worker');

    async function change(): Promise<string> {
      if (every !== undefined) {
        const input = { environment, ...choices };
        return ensureSchedule(client, { scheduleId, every, workflow, taskQueue, input });
      }
      if (pause) return (await pauseSchedule(client, scheduleId, taskQueue)) ? 'paused' : 'nothing to pause';
      return (await removeSchedule(client, scheduleId, taskQueue)) ? 'removed' : 'was not there';
    }
  });
}

/** Has `work` do something with the schedules of an environment. Refused where that is of another installation. */
export async function withSchedules<T>(
  environment: string,
  { host, terminal }: Pick<CommandContext, 'host' | 'terminal'>,
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

const UNITS: [string, number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
];

/** Seconds as they are given: `15m`. */
export function inWords(seconds: number): string {
  const [unit, length] = UNITS.find(([, size]) => seconds % size === 0) ?? ['s', 1];
  return `${seconds / length}${unit}`;
}
