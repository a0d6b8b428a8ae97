import { resolve } from 'node:path';
import { badInput } from '../../contracts/core/failures';
import { present } from '../../contracts/core/record';
import type { BackupSummary } from '../../contracts/run/summaries';
import { declareBackup, typedPassphraseFile, type BackupSettings } from '../../environment/backup/settings';
import { makeFolder, writeFileAtomic } from '../../environment/files/atomic';
import type { Host } from '../../environment/host';
import { askPassphrase } from '../ask-passphrase';
import type { Choices } from '../../contracts/run/run-ref';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { ofOthers, openSession } from '../session';
import { ensureSchedule, removeSchedule } from '../temporal/schedules';
import { runAsWriter } from '../writer-run';

export interface BackupFlags {
  environment?: string;
  to?: string;
  recipient?: string[];
  passphraseFile?: string;
  identity?: string;
  keep?: number;
  /** Seconds. */
  every?: number;
  remove?: boolean;
}

/** Declares where backups go and who may open them, and makes one; or has one made again and again. */
export async function backup(flags: BackupFlags, context: CommandContext): Promise<ExitCode> {
  const { host, terminal } = context;
  const environment = await host.choose(flags.environment);
  const { to, keep } = await declareFor(host, environment, flags);
  if (flags.every !== undefined || flags.remove === true)
    return schedule({ ...flags, environment, workflow: 'backup' }, context);
  return runAsWriter<BackupSummary>(
    { type: 'backup', environment, summary: `back up ${environment}` },
    context,
    ({ file, bytes, rows, tables, secrets }) => {
      const counted = secrets === undefined ? '' : `, ${secrets} secrets of ${environment}`;
      terminal.line(`  ${resolve(to, file)}  (${bytes} bytes: ${rows} rows in ${tables} tables${counted})`);
      if (keep !== undefined) terminal.line(`  the newest ${keep} are kept`);
      terminal.line(`To prove that it can be restored: onex-bootstrap drill -e ${environment}`);
    },
  );
}

async function declareFor(host: Host, environment: string, flags: BackupFlags): Promise<BackupSettings> {
  const stateDir = host.stateDirOf(environment);
  const at = (path: string | undefined) =>
    path === undefined ? undefined : resolve(host.configuration.workingDir, path);
  const { to, recipient, passphraseFile, identity, keep } = flags;
  if (to !== undefined) await makeFolder(at(to)!);
  const given: Partial<BackupSettings> = present({
    to: at(to),
    recipients: recipient,
    passphraseFile: at(passphraseFile),
    identityFile: at(identity),
    keep,
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

interface Scheduled {
  environment: string;
  workflow: 'backup' | 'drill' | 'rotate';
  /** Seconds. */
  every?: number;
  remove?: boolean;
  /** Where there may be several of that workflow. */
  scheduleId?: string;
  /** What its runs are told beside the environment. */
  choices?: Choices;
}

/** A schedule of the environment is ensured or removed. */
export async function schedule(
  {
    environment,
    workflow,
    every,
    remove = false,
    scheduleId = `${workflow}/${environment}`,
    choices = {},
  }: Scheduled,
  { host, terminal, json }: CommandContext,
): Promise<ExitCode> {
  if (remove && every !== undefined) throw badInput('Give either --every or --remove.');
  const taskQueue = await host.queueOf(environment);
  const session = await openSession(host, terminal);
  try {
    for (const refusal of (await ofOthers(session, host, [environment])).values()) throw refusal;
    const done =
      every === undefined
        ? (await removeSchedule(session.client, scheduleId, taskQueue))
          ? 'removed'
          : 'was not there'
        : await ensureSchedule(session.client, {
            ...{ scheduleId, every, workflow, taskQueue },
            input: { environment, ...choices },
          });
    if (json) terminal.line(JSON.stringify({ schedule: scheduleId, done, every }, null, 2));
    else {
      terminal.line(`The schedule ${scheduleId}: ${done}.`);
      if (every !== undefined) terminal.line('It needs a worker at that time: onex-bootstrap worker');
    }
    return ExitCode.ok;
  } finally {
    await session.client.connection.close();
  }
}
