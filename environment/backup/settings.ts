import { join } from 'node:path';
import { z } from 'zod';
import { badInput } from '../../contracts/core/failures';
import { present } from '../../contracts/core/record';
import type { Secret } from '../../contracts/core/secret';
import { readInputFile } from '../files/input-file';
import { readSecretFile, readStateFile, STATE_VERSION, writeStateFile } from '../files/state-file';
import type { Opening, Sealing } from './seal';

const FILE = 'backup.json';
/** In seconds; where there was none yet, its age counts from when that was said, in milliseconds since 1970. */
const limitSchema = z.object({ within: z.number(), since: z.number() });
const settingsSchema = z.object({
  version: z.literal(STATE_VERSION),
  /** The folder of the files. */
  to: z.string(),
  recipients: z.array(z.string()).min(1).optional(),
  passphraseFile: z.string().optional(),
  /** What opens files for recipients, for a drill. */
  identityFile: z.string().optional(),
  /** How many files stay; all of them where it is not said. */
  keep: z.int().min(1).optional(),
  /** How old the last backup and the last drill may be. */
  backupLimit: limitSchema.optional(),
  drillLimit: limitSchema.optional(),
});

/** How old the last one of something may be. */
export type AgeLimit = z.infer<typeof limitSchema>;

/** Where the backups of an environment go and who may open them, as declared on its host. */
export type BackupSettings = Omit<z.infer<typeof settingsSchema>, 'version'>;

/** Undefined where none were ever declared. */
export const readBackupSettings = (stateDir: string): Promise<BackupSettings | undefined> =>
  readStateFile(stateDir, FILE, settingsSchema);

/** BadInput where none were ever declared. */
export async function backupSettings(stateDir: string, environment: string): Promise<BackupSettings> {
  const found = await readBackupSettings(stateDir);
  if (found !== undefined) return found;
  throw badInput(
    `Nobody said where the backups of ${environment} go. To say it and make one: onex-bootstrap backup -e ${environment} --to DIR`,
  );
}

/** Declares what is given on top of what was said before; what seals takes the place of what sealed. */
export async function declareBackup(
  stateDir: string,
  given: Partial<BackupSettings>,
): Promise<BackupSettings> {
  const before = (await readBackupSettings(stateDir)) ?? {};
  const { recipients, passphraseFile } = given;
  const cleared =
    recipients === undefined && passphraseFile === undefined
      ? {}
      : { recipients: undefined, passphraseFile: undefined };
  const { version: _, ...settings } = present({ ...before, ...cleared, ...given }) as BackupSettings & {
    version?: number;
  };
  if (settings.to === undefined) throw badInput('Say where backups go: --to DIR.');
  if ((settings.recipients === undefined) === (settings.passphraseFile === undefined))
    throw badInput(
      'A backup holds every secret, so it is encrypted: give either --recipient age1… (of age-keygen; repeatable) or --passphrase-file FILE.',
    );
  await writeStateFile(stateDir, FILE, settings);
  return settings;
}

/** What is told of: one that was missed, where one comes every so often and nothing else is said (seconds). */
export function ageLimit(within: number | undefined, every: number | undefined): AgeLimit | undefined {
  const seconds = within ?? (every === undefined ? undefined : 2 * every);
  return seconds === undefined ? undefined : { within: seconds, since: Date.now() };
}

/** The file in the state directory for a passphrase that was typed. */
export const typedPassphraseFile = (stateDir: string) => join(stateDir, 'secrets', 'backup-passphrase');

export async function sealingOf({ recipients, passphraseFile }: BackupSettings): Promise<Sealing> {
  if (recipients !== undefined) return { kind: 'recipients', recipients };
  return { kind: 'passphrase', passphrase: await passphraseIn(passphraseFile!) };
}

/** BadInput where the files are for recipients and no identity of theirs was declared. */
export async function openingOf(settings: {
  passphraseFile?: string | undefined;
  identityFile?: string | undefined;
  passphrase?: Secret | undefined;
}): Promise<Opening> {
  const { passphraseFile, identityFile, passphrase } = settings;
  if (passphrase !== undefined) return { kind: 'passphrase', passphrase };
  if (passphraseFile !== undefined)
    return { kind: 'passphrase', passphrase: await passphraseIn(passphraseFile) };
  if (identityFile === undefined)
    throw badInput(
      'What opens a backup for recipients is not here: name the file of age-keygen, --identity FILE.',
    );
  await readInputFile(identityFile, 'identity file');
  return { kind: 'identity', identities: (await readSecretFile(identityFile))! };
}

async function passphraseIn(path: string) {
  await readInputFile(path, 'passphrase file');
  const passphrase = (await readSecretFile(path))!;
  if (passphrase.isBlank) throw badInput(`The passphrase file ${path} is empty.`);
  return passphrase;
}
