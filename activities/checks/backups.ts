import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lastDrill } from '../../environment/backup/drill';
import { lastBackup } from '../../environment/backup/make-backup';
import { readBackupSettings, type AgeLimit } from '../../environment/backup/settings';
import type { Environment } from '../../environment/environment';
import { ifThere } from '../../environment/files/system';
import { dayOf } from './access';
import { fine, type Look, type Unlike } from './check';

/** The last backup is where it was put, the last drill could restore one, and neither is older than was declared. */
export async function backups({ stateDir, environment }: Environment): Promise<Look> {
  const settings = await readBackupSettings(stateDir);
  if (settings === undefined)
    return fine(`none are made; to make one: onex-bootstrap backup -e ${environment} --to DIR`);
  const [backup, drill] = await Promise.all([lastBackup(stateDir), lastDrill(stateDir)]);
  const drifts: Unlike[] = [];
  const found = backup === undefined ? undefined : await ifThere(stat(join(settings.to, backup.file)));
  const unlike = (name: string, is: string, command: string): Unlike => ({
    ...{ kind: 'condition', name, is, heals: false },
    mend: `onex-bootstrap ${command} -e ${environment}`,
  });
  const lateBackup = overdue(settings.backupLimit, backup?.made);
  const lateDrill = overdue(settings.drillLimit, drill?.at);
  if (found === undefined)
    drifts.push(unlike('last backup', backup === undefined ? 'none was made yet' : 'is not there', 'backup'));
  else if (lateBackup !== undefined) drifts.push(unlike('last backup', lateBackup, 'backup'));
  if (drill?.ok === false) drifts.push(unlike('last drill', 'failed', 'drill'));
  else if (lateDrill !== undefined) drifts.push(unlike('last drill', lateDrill, 'drill'));
  const made = `${settings.to}, ${backup === undefined || found === undefined ? 'nothing of the last one' : `last ${backup.made}`}`;
  const tried =
    drill === undefined
      ? 'never tried'
      : drill.ok
        ? `tried ${drill.at}`
        : `failed ${drill.at}: ${drill.problem}`;
  return { what: `${made}; ${tried}`, drifts };
}

/** How the last one is older than it may be, in days of the calendar: the same words for as long as it is the last. */
function overdue(limit: AgeLimit | undefined, last: string | undefined): string | undefined {
  if (limit === undefined) return undefined;
  const due = (last === undefined ? limit.since : Date.parse(last)) + limit.within * 1000;
  if (due > Date.now()) return undefined;
  return `${last === undefined ? 'none yet' : `of ${dayOf(Date.parse(last))}`}, the next was due by ${dayOf(due)}`;
}
