import { resolve } from 'node:path';
import { present } from '../../contracts/core/record';
import type { DrillSummary } from '../../contracts/run/summaries';
import { ageLimit, backupSettings, declareBackup } from '../../environment/backup/settings';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { changesSchedule, schedule, type ScheduleFlags } from '../schedule';
import { runAsWriter } from '../writer-run';

export interface DrillFlags extends ScheduleFlags {
  environment?: string;
  identity?: string;
  within?: number;
}

/** Proves that the newest backup can be restored, now or again and again. */
export async function drill(flags: DrillFlags, context: CommandContext): Promise<ExitCode> {
  const { host, terminal } = context;
  const environment = await host.choose(flags.environment);
  const { identity, within, every } = flags;
  const given = present({
    identityFile: identity === undefined ? undefined : resolve(host.configuration.workingDir, identity),
    drillLimit: ageLimit(within, every),
  });
  if (Object.keys(given).length > 0) {
    const stateDir = host.stateDirOf(environment);
    await backupSettings(stateDir, environment);
    await declareBackup(stateDir, given);
  }
  if (changesSchedule(flags)) {
    await schedule({ ...flags, environment, workflow: 'drill' }, context);
    return ExitCode.ok;
  }
  return runAsWriter<DrillSummary>(
    { type: 'drill', environment, summary: `drill of ${environment}` },
    context,
    ({ file, rows, tables, secrets }) =>
      terminal.line(
        tables === 0
          ? `✔ ${file} can be read as a whole. It has the state and no database: whoever runs Infisical backs that up.`
          : `✔ ${file} can be restored: ${rows} rows in ${tables} tables and ${secrets} secrets are as they were backed up.`,
      ),
  );
}
