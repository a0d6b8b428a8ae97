import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { badInput, refused } from '../../contracts/core/failures';
import { someOf } from '../../contracts/core/some-of';
import { SLUG } from '../../contracts/core/names';
import { claimsSchema, type Claims, type HostOutcome } from '../../contracts/run/hosts';
import { withLock } from '../files/locks';
import { makeFolder } from '../files/atomic';
import { readStateFile, STATE_VERSION, writeStateFile } from '../files/state-file';
import { claimsDigest, fingerprint } from './keys';

const FOLDER = 'hosts';
const MOST_ASKING = 100; // whoever reaches Temporal may ask

const recordSchema = z.object({
  version: z.literal(STATE_VERSION),
  name: z.string(),
  /** What it asks to be, until somebody accepts it. */
  asks: claimsSchema.optional(),
  /** What it may be. */
  accepted: claimsSchema.optional(),
  /** It may be nothing any more, and has not been told yet. */
  removed: z.boolean().optional(),
  /** It is gone for good: nobody waits to tell it. */
  forgotten: z.boolean().optional(),
  /** How its share of the last run ended. */
  last: z
    .object({ at: z.string(), outcome: z.enum(['served', 'partial', 'failed', 'down', 'left']) })
    .optional(),
});

/** A host that asked to join, as its home keeps it. */
export type HostRecord = Omit<z.infer<typeof recordSchema>, 'version'>;

const fileOf = (name: string) => join(FOLDER, `${name}.json`);
const folderOf = (stateDir: string) => join(stateDir, FOLDER);

/** Every host that asked or was accepted, by name. */
export async function readHosts(stateDir: string): Promise<HostRecord[]> {
  const names = await hostNames(stateDir);
  const read = await Promise.all(names.map((name) => readHost(stateDir, name)));
  return read.flatMap((record) => record ?? []);
}

/** Their names alone, sorted. */
export async function hostNames(stateDir: string): Promise<string[]> {
  const entries = await readdir(folderOf(stateDir)).catch(() => [] as string[]);
  const names = entries.flatMap((entry) => /^([^.].*)\.json$/.exec(entry)?.[1] ?? []);
  return names.filter((name) => SLUG.test(name)).sort();
}

export async function readHost(stateDir: string, name: string): Promise<HostRecord | undefined> {
  if (!SLUG.test(name)) throw badInput(`${name.slice(0, 80)} is no name of a host.`);
  return readStateFile(stateDir, fileOf(name), recordSchema);
}

/** Hosts by how they stand: those that joined, those of them that lack their share of the last run, and those that ask. */
export async function hostStanding(stateDir: string) {
  const records = await readHosts(stateDir);
  const joined = records.filter(({ accepted, removed }) => accepted !== undefined && removed !== true);
  const unserved = joined.flatMap(({ name, last }) =>
    last === undefined || last.outcome === 'served' || last.outcome === 'left'
      ? []
      : [{ name, outcome: last.outcome }],
  );
  const asking = records.filter(({ asks }) => asks !== undefined).map(({ name }) => name);
  return { joined: joined.map(({ name }) => name), unserved, asking };
}

/** The host of that name; BadInput names those that there are. */
export async function knownHost(stateDir: string, name: string): Promise<HostRecord> {
  const record = await readHost(stateDir, name);
  if (record !== undefined) return record;
  throw badInput(`No host ${name} has asked to join. Those that have: ${await hostsSaid(stateDir)}.`);
}

/** Those that there are, for a message. */
export const hostsSaid = async (stateDir: string): Promise<string> =>
  someOf(await hostNames(stateDir)) || 'none';

/** Changes a record, one writer at a time; undefined takes it away. */
async function change(
  stateDir: string,
  name: string,
  to: (before: HostRecord | undefined) => HostRecord | undefined | Promise<HostRecord | undefined>,
): Promise<void> {
  await makeFolder(folderOf(stateDir));
  await withLock(join(folderOf(stateDir), 'lock'), async () => {
    const before = await readHost(stateDir, name);
    const after = await to(before);
    if (after === undefined) await rm(join(stateDir, fileOf(name)), { force: true });
    else if (JSON.stringify(after) !== JSON.stringify(before))
      await writeStateFile(stateDir, fileOf(name), after);
  });
}

/** Keeps what a host asks; says whether it is accepted as that already. Another key under a known name is Refused. */
export async function keepAsking(stateDir: string, claims: Claims): Promise<'accepted' | 'asking'> {
  let state: 'accepted' | 'asking' = 'asking';
  await change(stateDir, claims.name, async (before) => {
    const { accepted } = before ?? {};
    if (before?.removed === true)
      throw refused(
        `${claims.name} was removed, and its home has not ended that yet. To do so, at the home: onex-bootstrap hosts serve ${claims.name}`,
      );
    if (accepted !== undefined && accepted.recipient !== claims.recipient)
      throw refused(
        `Another host has joined as ${claims.name} (${fingerprint(accepted.recipient)}). Join under another name (--name), or remove that one at the home: onex-bootstrap hosts remove ${claims.name}`,
      );
    if (accepted !== undefined && sameClaims(accepted, claims)) {
      state = 'accepted';
      return { ...before!, asks: undefined };
    }
    if (before === undefined) await refuseCrowd(stateDir);
    return { ...(before ?? { name: claims.name }), asks: claims };
  });
  return state;
}

const sameClaims = (one: Claims, other: Claims) => claimsDigest(one) === claimsDigest(other);

async function refuseCrowd(stateDir: string): Promise<void> {
  const asking = (await readHosts(stateDir)).filter(({ accepted }) => accepted === undefined);
  if (asking.length < MOST_ASKING) return;
  throw refused(
    `${asking.length} hosts wait to be accepted, and no more are taken: accept or remove some at the home (onex-bootstrap hosts).`,
  );
}

/** Lets a host be what it asks; Refused where that is not what `digest` names, since anybody may ask under any name. */
export const acceptHost = (stateDir: string, name: string, digest: string): Promise<void> =>
  change(stateDir, name, async () => {
    const { asks, ...record } = await knownHost(stateDir, name);
    if (asks !== undefined && claimsDigest(asks) !== digest)
      throw refused(
        `${name} asks for something else than ${digest.slice(0, 64)}: nothing was accepted. What it asks for: onex-bootstrap hosts. If that is another host, remove it (onex-bootstrap hosts remove ${name}) and join again.`,
      );
    if (asks !== undefined) return { ...record, accepted: asks };
    if (record.accepted !== undefined) return record;
    throw badInput(`${name} asks for nothing.`);
  });

/** Has the next run end what a host may do; one that was never accepted is gone at once. */
export const removeHost = (stateDir: string, name: string, forgotten: boolean): Promise<void> =>
  change(stateDir, name, async () => {
    const { asks: _, ...record } = await knownHost(stateDir, name);
    return record.accepted === undefined
      ? undefined
      : { ...record, removed: true, ...(forgotten && { forgotten }) };
  });

/** Keeps how its share of a run ended; one that has left is gone. */
export const noteHost = (stateDir: string, name: string, outcome: HostOutcome): Promise<void> =>
  change(stateDir, name, (before) => {
    if (before === undefined || (outcome === 'left' && before.removed === true)) return undefined;
    return { ...before, last: { at: new Date().toISOString(), outcome } };
  });
