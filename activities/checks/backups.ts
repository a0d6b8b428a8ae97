import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lastDrill } from '../../environment/backup/drill';
import { lastBackup } from '../../environment/backup/make-backup';
import { readBackupSettings } from '../../environment/backup/settings';
import type { Environment } from '../../environment/environment';
import { ifThere } from '../../environment/files/system';
import { fine, type Look, type Unlike } from './check';

/** The last backup is where it was put, and the last drill could restore one. */
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
  if (found === undefined)
    drifts.push(unlike('last backup', backup === undefined ? 'none was made yet' : 'is not there', 'backup'));
  if (drill?.ok === false) drifts.push(unlike('last drill', 'failed', 'drill'));
  const made = `${settings.to}, ${backup === undefined || found === undefined ? 'nothing of the last one' : `last ${backup.made}`}`;
  const tried =
    drill === undefined
      ? 'never tried'
      : drill.ok
        ? `tried ${drill.at}`
        : `failed ${drill.at}: ${drill.problem}`;
  return { what: `${made}; ${tried}`, drifts };
}
