import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { keyedDigest } from '../../contracts/core/keyed-digest';
import type { Secret } from '../../contracts/core/secret';
import { installationKey } from '../keys';
import { createFileOnce } from './atomic';
import { readSecretFile, readStateFile, secretField, STATE_VERSION, writeStateFile } from './state-file';

const FILE = 'rotation.json';
const credential = z.object({
  secret: secretField,
  id: z.string().optional(),
  /** In milliseconds since the epoch, where it is known. */
  issuedAt: z.number().optional(),
});
const pendingSchema = z.object({
  /** The new ones and the old ones, by the holder of each. */
  fresh: z.record(z.string(), credential),
  old: z.record(z.string(), credential),
  /** When the readers were given the new ones, in milliseconds since the epoch. */
  switchedAt: z.number().optional(),
});
const fileSchema = z.object({
  version: z.literal(STATE_VERSION),
  pending: z.record(z.string(), pendingSchema),
  /** When each was rotated last, in milliseconds since the epoch. */
  rotated: z.record(z.string(), z.number()),
});

/** Where a rotation that is under way stands. What is in it is durable before it matters anywhere. */
export type PendingRotation = z.infer<typeof pendingSchema>;

const NOTHING: PendingRotation = { fresh: {}, old: {} };

type Kept = Omit<z.infer<typeof fileSchema>, 'version'>;

const read = async (stateDir: string): Promise<Kept> =>
  (await readStateFile(stateDir, FILE, fileSchema)) ?? { pending: {}, rotated: {} };

/** The rotation of `name` as far as it has come; empty where none is under way. */
export const readRotation = async (stateDir: string, name: string): Promise<PendingRotation> =>
  (await read(stateDir)).pending[name] ?? NOTHING;

/** Names of rotations that are under way, and when others ended. */
export async function readRotations(
  stateDir: string,
): Promise<{ pending: string[]; rotated: Readonly<Record<string, number>> }> {
  const { pending, rotated } = await read(stateDir);
  return { pending: Object.keys(pending), rotated };
}

/** Keeps how far the rotation of `name` has come. */
export async function keepRotation(
  stateDir: string,
  name: string,
  change: Partial<PendingRotation>,
): Promise<void> {
  const { pending, rotated } = await read(stateDir);
  const next = { ...NOTHING, ...pending[name], ...change };
  await writeStateFile(stateDir, FILE, { pending: { ...pending, [name]: next }, rotated });
}

/** Notes that the readers have the new one of `name`; answers since when, which stays what it was first. */
export async function noteSwitched(stateDir: string, name: string): Promise<number> {
  const { switchedAt = Date.now() } = await readRotation(stateDir, name);
  await keepRotation(stateDir, name, { switchedAt });
  return switchedAt;
}

/** Ends the rotations of these names at once; their old credentials are forgotten. */
export async function endRotations(stateDir: string, names: readonly string[]): Promise<void> {
  const { pending, rotated } = await read(stateDir);
  const ended = names.filter((name) => Object.hasOwn(pending, name));
  const left = Object.entries(pending).filter(([name]) => !ended.includes(name));
  const now = Date.now();
  await writeStateFile(stateDir, FILE, {
    pending: Object.fromEntries(left),
    rotated: { ...rotated, ...Object.fromEntries(ended.map((name) => [name, now])) },
  });
}

const givenFile = (stateDir: string, digest: string) => join(stateDir, 'secrets', `given-${digest}`);

/** Keeps a value for a run that is told its digest: values never cross Temporal. */
export async function keepGivenValue(stateDir: string, value: Secret): Promise<string> {
  const digest = keyedDigest(await installationKey(stateDir), value);
  await createFileOnce(givenFile(stateDir, digest), `${value.reveal()}\n`); // reading takes one line break away
  return digest;
}

export const readGivenValue = (stateDir: string, digest: string): Promise<Secret | undefined> =>
  readSecretFile(givenFile(stateDir, digest));

export const forgetGivenValue = (stateDir: string, digest: string): Promise<void> =>
  rm(givenFile(stateDir, digest), { force: true });
