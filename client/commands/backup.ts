import { resolve } from 'node:path';
import { present } from '../../contracts/core/record';
import type { BackupSummary } from '../../contracts/run/summaries';
import {
  ageLimit,
  declareBackup,
  typedPassphraseFile,
  type BackupSettings,
} from '../../environment/backup/settings';
import { makeFolder, writeFileAtomic } from '../../environment/files/atomic';
import type { Host } from '../../environment/host';
import { askPassphrase } from '../ask-passphrase';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { changesSchedule, schedule, type ScheduleFlags } from '../schedule';
import { runAsWriter } from '../writer-run';

export interface BackupFlags extends ScheduleFlags {
  environment?: string;
  to?: string;
  recipient?: string[];
  passphraseFile?: string;
  identity?: string;
  keep?: number;
  within?: number;
}

/** Declares where backups go and who may open them, and makes one; or has one made again and again. */
export async function backup(flags: BackupFlags, context: CommandContext): Promise<ExitCode> {
  const { host, terminal } = context;
  const environment = await host.choose(flags.environment);
  const { to, keep } = await declareFor(host, environment, flags);
  if (changesSchedule(flags)) {
    await schedule({ ...flags, environment, workflow: 'backup' }, context);
    return ExitCode.ok;
  }
  return runAsWriter<BackupSummary>(
    { type: 'backup', environment, summary: `back up ${environment}` },
    context,
    ({ file, bytes, rows, tables, secrets }) => {
      const counted = secrets === undefined ? '' : `, ${secrets} secrets of ${environment}`;
      const what =
        tables === 0
          ? 'the state, and no database: whoever runs Infisical backs that up'
          : `${rows} rows in ${tables} tables${counted}`;
      terminal.line(`  ${resolve(to, file)}  (${bytes} bytes: ${what})`);
      if (keep !== undefined) terminal.line(`  the newest ${keep} are kept`);
      terminal.line(`To prove that it can be restored: onex-bootstrap drill -e ${environment}`);
    },
  );
}

async function declareFor(host: Host, environment: string, flags: BackupFlags): Promise<BackupSettings> {
  const stateDir = host.stateDirOf(environment);
  const at = (path: string | undefined) =>
    path === undefined ? undefined : resolve(host.configuration.workingDir, path);
  const { to, recipient, passphraseFile, identity, keep, within, every } = flags;
  if (to !== undefined) await makeFolder(at(to)!);
  const given: Partial<BackupSettings> = present({
    to: at(to),
    recipients: recipient,
    passphraseFile: at(passphraseFile),
    identityFile: at(identity),
    keep,
    backupLimit: ageLimit(within, every),
  });
  try {
    return await declareBackup(stateDir, given);
  } catch (error) {
    const isOpen = to !== undefined && recipient === undefined && passphraseFile === undefined;
    const typed = isOpen ? await askPassphrase({ again: true }) : undefined;
    if (typed === undefined) throw error;
    const file = typedPassphraseFile(stateDir);
    await writeFileAtomic(file, `${typed.reveal()}\n`);
    return declareBackup(stateDir, { ...given, passphraseFile: file });
  }
}
