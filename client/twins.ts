import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { refused } from '../contracts/core/failures';
import type { Host } from '../environment/host';
import { hasEnded, installationOf, placeIn, placeOf } from '../environment/process-identity';
import type { Session } from './session';
import { pollersOf } from './temporal/pollers';

const DEADLINE_MS = 3_000;
/** How often is looked, and for how long one that works may be silent: a worker asks for work once a minute. */
const TIMES = { look: 2_000, silence: 75_000, watch: 30_000 };

/** An installation, the queue of its steps, and where its state directory is. */
export interface Twins {
  client: Client;
  queue: string;
  own: string;
  place: string | undefined;
}

/** Of an environment; undefined where its server is embedded, which is of one machine. */
export async function twinsOf(
  { client, server }: Session,
  host: Host,
  environment: string | undefined,
): Promise<Twins | undefined> {
  if (server.kind === 'embedded' || environment === undefined) return undefined;
  const [queue, own] = await Promise.all([host.queueOf(environment), host.installation()]);
  return { client, queue, own, place: placeOf(host.configuration.stateRoot) };
}

/** When each worker asked for work last that is of this installation and has another state directory: a copy, on another machine. */
async function sightings({ client, queue, own, place }: Twins): Promise<Map<string, number>> {
  const isTwin = (identity: string) => {
    const theirs = placeIn(identity);
    const isOwn = theirs === undefined || theirs === place || installationOf(identity) !== own;
    return !isOwn && !hasEnded(identity);
  };
  const pollers = await client.withDeadline(Date.now() + DEADLINE_MS, () => pollersOf(client, queue));
  return new Map(pollers.flatMap(({ identity, at }) => (isTwin(identity) ? [[identity, at]] : [])));
}

/** One that has asked for work since. */
const living = (before: Map<string, number>, now: Map<string, number>) =>
  [...now].find(([identity, at]) => at > (before.get(identity) ?? 0))?.[0];

/**
 * Refused while another machine works as this installation. Two of them would take each other's steps, and of each credential
 * that is made anew one of them would keep the dead one. One that this machine was before a restart is waited out.
 */
export async function refuseTwin(
  twins: Twins | undefined,
  tell: (line: string) => void,
  { look, silence } = TIMES,
): Promise<void> {
  if (twins === undefined) return;
  const before = await sightings(twins);
  const recent = [...before].find(([, at]) => Date.now() - at < silence)?.[0];
  if (recent === undefined) return;
  tell(`looking for ${silence / 1000} s whether ${nameIn(recent)} works as ${twins.own} still`);
  for (const over = performance.now() + silence; performance.now() < over;) {
    await sleep(look);
    const twin = living(before, await sightings(twins));
    if (twin !== undefined) throw refused(`${inWords(twin, twins)} Nothing was started here.`);
  }
}

/** Says so once for each that comes while this one works, until `over` is aborted. */
export async function watchTwins(
  twins: Twins | undefined,
  tell: (line: string) => void,
  over: AbortSignal,
  { watch } = TIMES,
): Promise<void> {
  if (twins === undefined) return;
  const told = new Set<string>();
  for (let before = await sightings(twins); !over.aborted;) {
    await sleep(watch, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return;
    const now = await sightings(twins);
    const twin = living(before, now);
    if (twin !== undefined && !told.has(twin)) {
      told.add(twin);
      tell(`✘ ${inWords(twin, twins)}`);
    }
    before = new Map([...before, ...now]);
  }
}

const nameIn = (identity: string) => identity.split(' ')[0];

const inWords = (identity: string, { own }: Twins) =>
  `Another machine works as ${own} (${nameIn(identity)}), with a copy of this state directory: each takes steps of the other, and keeps credentials that the other had made anew. Stop the worker on one of them; what shall be a host of its own begins with an empty state directory (ONEX_STATE_DIR).`;
