import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keyedDigest } from '../contracts/core/keyed-digest';
import type { Secret } from '../contracts/core/secret';
import { createFileOnce } from './files/atomic';
import { readSecretFile } from './files/state-file';
import { installationKey } from './keys';

const fileOf = (stateDir: string, digest: string) => join(stateDir, 'secrets', `given-${digest}`);

/** Keeps a value for a run that is told its digest: values never cross Temporal. */
export async function keepGivenValue(stateDir: string, value: Secret): Promise<string> {
  const digest = keyedDigest(await installationKey(stateDir), value);
  await createFileOnce(fileOf(stateDir, digest), `${value.reveal()}\n`); // reading takes one line break away
  return digest;
}

export const readGivenValue = (stateDir: string, digest: string): Promise<Secret | undefined> =>
  readSecretFile(fileOf(stateDir, digest));

export const forgetGivenValue = (stateDir: string, digest: string): Promise<void> =>
  rm(fileOf(stateDir, digest), { force: true });
