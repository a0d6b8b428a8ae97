import { resolve } from 'node:path';
import type { DrillSummary } from '../../contracts/run/summaries';
import { declareBackup } from '../../environment/backup/settings';
import type { CommandContext } from '../command-context';
import type { ExitCode } from '../exit-code';
import { runAsWriter } from '../writer-run';
import { schedule } from './backup';

export interface DrillFlags {
  environment?: string;
  identity?: string;
  /** Seconds. */
  every?: number;
  remove?: boolean;
}

/** Proves that the newest backup can be restored, now or again and again. */
export async function drill(flags: DrillFlags, context: CommandContext): Promise<ExitCode> {
  const { host, terminal } = context;
  const environment = await host.choose(flags.environment);
  if (flags.identity !== undefined)
    await declareBackup(host.stateDirOf(environment), {
      identityFile: resolve(host.configuration.workingDir, flags.identity),
    });
  if (flags.every !== undefined || flags.remove === true)
    return schedule({ ...flags, environment, workflow: 'drill' }, context);
  return runAsWriter<DrillSummary>(
    { type: 'drill', environment, summary: `drill of ${environment}` },
    context,
    ({ file, rows, tables, secrets }) =>
      terminal.line(
        `✔ ${file} can be restored: ${rows} rows in ${tables} tables and ${secrets} secrets are as they were backed up.`,
      ),
  );
}
