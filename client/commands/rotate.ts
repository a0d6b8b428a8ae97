import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { badInput } from '../../contracts/core/failures';
import { bootstrapWorkflowId } from '../../contracts/core/names';
import { present } from '../../contracts/core/record';
import { Secret } from '../../contracts/core/secret';
import type { RotationReport } from '../../contracts/run/rotation';
import { readInputFile } from '../../environment/files/input-file';
import { keepGivenValue } from '../../environment/files/rotations';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { changesSchedule, schedule, type ScheduleFlags } from '../schedule';
import { runToEnd } from '../writer-run';

export interface RotateFlags extends ScheduleFlags {
  environment?: string;
  json?: boolean;
  /** Seconds. */
  overlap?: number;
  /** File with the new value of a key; `-` is standard input. */
  value?: string;
}

/** Rotates credentials by a run that goes on where an earlier one was cut off, and tells what was done. */
export async function rotate(
  names: string[],
  { environment: named, overlap, value: source, ...flags }: RotateFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { config, host, terminal, json } = context;
  const environment = await host.choose(named);
  if (changesSchedule(flags)) {
    if (source !== undefined)
      throw badInput('A value is for one rotation: a schedule takes those that are generated.');
    const scheduleId = `rotate/${environment}/${names.join('+')}`;
    const choices = { rotate: names, ...present({ overlap }) };
    await schedule({ ...flags, environment, workflow: 'rotate', scheduleId, choices }, context);
    return ExitCode.ok;
  }
  const workflowId = bootstrapWorkflowId(environment);
  const given = source === undefined ? undefined : await readValue(source, config.workingDir);
  const value = given && (await keepGivenValue(host.stateDirOf(environment), given));
  const call = {
    type: 'rotate',
    workflowId,
    taskQueue: await host.queueOf(environment),
    input: { environment, ...present({ rotate: names, overlap, value }) },
    declaration: (await host.newest(environment)).digest,
    summary: `rotate ${names.join(', ')} of ${environment}`,
  } as const;
  return runToEnd<RotationReport>(call, context, { environment }, (run) => {
    const { result } = run;
    if (json) terminal.line(JSON.stringify(result, null, 2));
    else {
      for (const change of result.changes.first) terminal.line(`  ${change}`);
      for (const host of result.trouble?.first ?? []) terminal.line(`✘ ${host}`);
    }
    if (run.ended === 'partial') {
      terminal.progress(`✘ ${run.message}`);
      return ExitCode.partial;
    }
    const { rotated, endsBy } = result;
    if (endsBy === undefined) terminal.progress(`✔ ${environment}: ${rotated.join(', ')} rotated`);
    else
      terminal.progress(
        `✔ ${environment}: the new ones are in use. ${endsBy.workflowId} ends the old ones at ${endsBy.at}; it needs a worker then (onex-bootstrap worker)`,
      );
    return ExitCode.ok;
  });
}

async function readValue(source: string, workingDir: string): Promise<Secret> {
  const { stdin } = process;
  if (source === '-' && stdin.isTTY)
    throw badInput('Standard input is a terminal, which would show the value: pipe it in, or name a file.');
  const content =
    source === '-'
      ? await text(stdin)
      : (await readInputFile(resolve(workingDir, source), 'value')).toString('utf8');
  const value = new Secret(content.replace(/\r?\n$/, ''));
  if (value.isBlank) throw badInput('The new value is blank, and a blank value is none.');
  return value;
}
