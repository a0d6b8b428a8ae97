import { z } from 'zod';
import type { Secret } from '../../contracts/core/secret';
import { readStateFile, secretField, STATE_VERSION, writeStateFile } from './state-file';

const FILE = 'rotation.json';
const credential = z.object({
  secret: secretField,
  id: z.string().optional(),
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

/** A credential with the server's id of it, where it has one. */
export interface Credential {
  secret: Secret;
  id?: string | undefined;
  /** In milliseconds since the epoch, where it is known. */
  issuedAt?: number | undefined;
}

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
