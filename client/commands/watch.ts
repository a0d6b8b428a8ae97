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
import { changesSchedule, inWords, schedule, withSchedules, type ScheduleFlags } from '../schedule';
import { readSchedule, type ScheduleState } from '../temporal/schedules';
import { runToEnd } from '../writer-run';

/** What commander hands over. */
export interface WatchFlags extends ScheduleFlags {
  environment?: string;
  onDrift?: 'fail' | 'heal';
  now?: boolean;
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
  const { onDrift, now = false, accept = [] } = flags;
  const isDeclared = flags.notify !== undefined;
  if (isDeclared && !changesSchedule(flags) && !now && accept.length === 0) return ExitCode.ok;
  if (changesSchedule(flags)) {
    const { every, pause, remove } = flags;
    const wanted = { environment, workflow: 'watch', choices: present({ onDrift }) } as const;
    const isAll = !now && accept.length === 0;
    const { terminal } = context; // what is looked at is the answer then
    const aside = {
      ...context,
      json: false,
      terminal: { ...terminal, line: (text = '') => terminal.progress(text) },
    };
    await schedule({ ...wanted, ...present({ every, pause, remove }) }, isAll ? context : aside);
    if (isAll) return ExitCode.ok;
  }
  const scheduled = await withSchedules(environment, context, ({ client }, taskQueue) =>
    readSchedule(client, watchWorkflowId(environment), taskQueue),
  );
  if (!now && accept.length === 0) return tell(environment, scheduled, context);
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
    else renderLook(await readWatchState(host.stateDirOf(environment)), environment, terminal);
    return codeOf(result.outcome);
  });
}

async function tell(
  environment: string,
  scheduled: ScheduleState | undefined,
  { host, terminal, json }: CommandContext,
): Promise<ExitCode> {
  const state = await readWatchState(host.stateDirOf(environment));
  if (json) terminal.line(JSON.stringify({ environment, schedule: scheduled, ...state }, null, 2));
  else {
    terminal.line(
      scheduled === undefined
        ? `  no schedule: onex-bootstrap watch -e ${environment} --every 15m`
        : `  every ${inWords(scheduled.every)}, ${scheduled.paused ? 'paused' : `next at ${scheduled.next?.toISOString() ?? 'an unknown time'}`}`,
    );
    renderLook(state, environment, terminal);
  }
  return state.last === undefined ? ExitCode.ok : codeOf(state.last.outcome);
}

function codeOf(outcome: string): ExitCode {
  if (outcome === 'in step') return ExitCode.ok;
  return outcome === 'unobserved' ? ExitCode.missingPrerequisite : ExitCode.stepFailed;
}
