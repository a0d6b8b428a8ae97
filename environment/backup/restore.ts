import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { badInput, refused } from '../../contracts/core/failures';
import { pingEngine } from '../../stack/engine/connect-engine';
import { volumeLabelsOf } from '../../stack/engine/volume-owner';
import { parseDeclaration, type Declaration, type DeclaredOptions } from '../declaration';
import { inputFiles } from '../declared-files';
import type { Environment } from '../environment';
import { createFileOnce, writeFileAtomic } from '../files/atomic';
import { ownFolder } from '../files/own-folder';
import { ifThere } from '../files/system';
import { readStateFile, secretField, STATE_VERSION, stateText, writeStateFile } from '../files/state-file';
import type { Host } from '../host';
import { resolveOptions } from '../resolve-options';
import { checkBackup } from './check-backup';
import { loadDatabases, type Backup } from './load-databases';
import type { Manifest } from './manifest';
import { openingOf } from './settings';
import { DECLARATION, fileIn, unpackStackSecrets, unpackState } from './unpack';
import type { Progress } from '../../stack/engine/run-command';

const MARK = 'restoring.json';
const markSchema = z.object({
  version: z.literal(STATE_VERSION),
  path: z.string(),
  /** SHA-256 of the file. */
  digest: z.string(),
  passphraseFile: z.string().optional(),
  identityFile: z.string().optional(),
  /** One that was typed: a later step opens the file again. */
  passphrase: secretField.optional(),
  /** State and databases are those of the file; what is left is to bring them up. */
  isLoaded: z.boolean().default(false),
});

/** A restore that was begun and is not through: where the file is, and what opens it. */
export type Restoring = Omit<z.infer<typeof markSchema>, 'version' | 'digest' | 'isLoaded'>;

const readMark = (stateDir: string) => readStateFile(stateDir, MARK, markSchema);

/** Refused while databases are not restored: what is half there must not be started, or declared anew. */
export async function refuseWhileRestoring({ stateDir, environment }: Environment): Promise<void> {
  const mark = await readMark(stateDir);
  if (mark === undefined || mark.isLoaded) return;
  const { path, passphraseFile, identityFile } = mark;
  const opened =
    passphraseFile !== undefined
      ? ` --passphrase-file ${passphraseFile}`
      : identityFile !== undefined
        ? ` --identity ${identityFile}`
        : '';
  throw refused(
    `${environment} is being restored and is not through. To go on: onex-bootstrap restore ${path}${opened}`,
  );
}

/**
 * Writes the state of a backup where nothing is, declared for this host by what was given there, and by `given` on top of
 * it. Goes on with a restore of the same file that was cut off. Refused before anything is written where something is
 * there already: state, volumes of the stack; and where a file that is declared is not here.
 */
export async function prepareRestore(host: Host, from: Restoring, given: DeclaredOptions): Promise<Manifest> {
  const opening = await openingOf(from);
  const { manifest } = await checkBackup(from.path, opening);
  const { configuration } = host;
  const stateDir = host.stateDirOf(manifest.environment);
  const digest = await digestOfFile(from.path);
  const begun = await readMark(stateDir);
  if (begun === undefined) await refuseUnlessEmpty(stateDir);
  else if (begun.digest !== digest)
    throw refused(
      `A restore of ${begun.path} was begun in ${stateDir}. Go on with that file, or start over: rm -r ${stateDir}`,
    );
  const kept = parseDeclaration(
    `${DECLARATION} of the backup`,
    (await fileIn(from.path, opening, DECLARATION))?.toString('utf8') ?? '',
  );
  const { variables, fromDotenv } = kept;
  const declaration: Declaration = {
    ...(await resolveOptions(manifest.environment, { ...kept.given, ...given }, configuration)),
    variables,
    ...(fromDotenv !== undefined && { fromDotenv }),
  };
  await refuseWithoutFiles(declaration);
  await ownFolder(configuration.stateRoot);
  await ownFolder(stateDir);
  if (begun === undefined) await createFileOnce(join(stateDir, MARK), stateText({ ...from, digest }));
  const isLoaded = begun?.isLoaded === true; // what is there may be newer than the file by now
  if (!isLoaded) await unpackState(from.path, opening, stateDir);
  const codecKeys = await fileIn(from.path, opening, 'root/codec-keys');
  if (codecKeys !== undefined)
    await createFileOnce(join(configuration.stateRoot, 'temporal', 'codec-keys'), codecKeys.toString('utf8'));
  const environment = await host.opened(declaration);
  if (environment.external === undefined) {
    if (begun === undefined)
      await refuseVolumes(environment).catch(async (error: unknown) => {
        await rm(stateDir, { recursive: true, force: true });
        throw error;
      });
    if (!isLoaded) await unpackStackSecrets(from.path, opening, await environment.stack());
  }
  await writeFileAtomic(join(stateDir, 'declaration.json'), `${JSON.stringify(declaration, null, 2)}\n`);
  return manifest;
}

/** Loads the databases of the backup whose state is in place: then `up` goes on. Says nothing where that is done. */
export async function restoreDatabases(
  environment: Environment,
  progress: Progress,
): Promise<Manifest | undefined> {
  const mark = await readMark(environment.stateDir);
  if (mark === undefined || mark.isLoaded) return undefined;
  const opening = await openingOf(mark);
  if ((await digestOfFile(mark.path)) !== mark.digest)
    throw refused(`${mark.path} is another file than the one whose restore was begun. Bring that one back.`);
  const { manifest, key } = await checkBackup(mark.path, opening);
  const backup: Backup = { path: mark.path, opening, manifest, key };
  const remedy = ` If it is not a new one, remove its volume first: onex-bootstrap down -e ${environment.environment} --volumes (its data is lost).`;
  if (environment.external === undefined) await loadDatabases(environment, backup, progress, remedy);
  const { path, digest } = mark;
  await writeStateFile(environment.stateDir, MARK, { path, digest, isLoaded: true });
  return manifest;
}

/** What was restored is up: the same file is not gone on with any more. */
export async function endRestore({ stateDir }: Environment): Promise<void> {
  if ((await readMark(stateDir))?.isLoaded === true) await rm(join(stateDir, MARK), { force: true });
}

async function refuseUnlessEmpty(stateDir: string): Promise<void> {
  const found = (await ifThere(readdir(stateDir))) ?? [];
  if (found.length === 0) return;
  throw refused(
    `${stateDir} is not empty, and a restore replaces nothing. Restore on another machine or with another ONEX_STATE_DIR; or take away what is there: onex-bootstrap down --volumes (its data is lost), then rm -r ${stateDir}`,
  );
}

async function refuseVolumes(environment: Environment): Promise<void> {
  const engine = environment.engine();
  if ((await pingEngine(engine)).state !== 'alive') return; // none runs yet
  for (const { engineName } of Object.values((await environment.stack()).volumes)) {
    if ((await volumeLabelsOf(engine, engineName)) === undefined) continue;
    throw refused(
      `Volume ${engineName} is there already, and a restore replaces none. If nobody needs its data: docker volume rm ${engineName}. If the environment runs here from another ONEX_STATE_DIR, restore on another machine.`,
    );
  }
}

async function refuseWithoutFiles(declaration: Declaration): Promise<void> {
  const files = inputFiles(declaration);
  const found = await Promise.all(files.map((file) => ifThere(stat(file))));
  const gone = files.filter((_, index) => found[index] === undefined);
  if (gone.length === 0) return;
  throw badInput(
    `The environment is declared with files that are not here: ${gone.join(', ')}. Bring them here, or name where they are now: --contracts, --stack, --values (onex-bootstrap restore --help).`,
  );
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
