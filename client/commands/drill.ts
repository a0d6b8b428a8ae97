import { resolve } from 'node:path';
import type { DrillSummary } from '../../contracts/run/summaries';
import { declareBackup } from '../../environment/backup/settings';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { changesSchedule, schedule, type ScheduleFlags } from '../schedule';
import { runAsWriter } from '../writer-run';

export interface DrillFlags extends ScheduleFlags {
  environment?: string;
  identity?: string;
}

/** Proves that the newest backup can be restored, now or again and again. */
export async function drill(flags: DrillFlags, context: CommandContext): Promise<ExitCode> {
  const { host, terminal } = context;
  const environment = await host.choose(flags.environment);
  if (flags.identity !== undefined)
    await declareBackup(host.stateDirOf(environment), {
      identityFile: resolve(host.configuration.workingDir, flags.identity),
    });
  if (changesSchedule(flags)) {
    await schedule({ ...flags, environment, workflow: 'drill' }, context);
    return ExitCode.ok;
  }
  return runAsWriter<DrillSummary>(
    { type: 'drill', environment, summary: `drill of ${environment}` },
    context,
    ({ file, rows, tables, secrets }) =>
      terminal.line(
        `✔ ${file} can be restored: ${rows} rows in ${tables} tables and ${secrets} secrets are as they were backed up.`,
      ),
  );
}
