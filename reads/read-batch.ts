import type { RuntimeHostError } from '../contracts/reads/read-error';
import type { GetSecretsBatchResult } from '../contracts/reads/read-result';
import { endOf, type AskedSecret } from './read-log';
import { isUnexpanded, type HeldSecret, type SecretReads } from './secret-reads';

/** A name of the batch, as it was asked for, what it means, and what came of it. */
export interface BatchName extends AskedSecret {
  name: string;
  key: string;
  held?: HeldSecret | undefined;
  refusal?: RuntimeHostError;
}

/**
 * Reads names folder by folder. What the server says of a name (it is not there, its folder is forbidden) stands in
 * `errors`; what another try may cure fails the batch, whose next try finds the rest in the cache. A batch of which
 * nothing is allowed fails too.
 */
export async function readBatch(
  names: readonly BatchName[],
  reads: SecretReads,
  source: 'infisical' | 'environment',
  typed: (error: unknown, names: readonly BatchName[]) => RuntimeHostError,
): Promise<GetSecretsBatchResult> {
  const folders = byFolder(names);
  await Promise.all(folders.map((own) => readFolder(own, reads, typed)));
  const refusals = folders.flatMap(([{ refusal }]) => refusal ?? []);
  const later = refusals.find(({ retry }) => retry === 'later');
  const failure = refusals.length === folders.length ? (later ?? refusals[0]) : later;
  if (failure !== undefined) throw failure;
  const found = names.flatMap(({ name, held }) => (held === undefined ? [] : [{ name, held }]));
  const cached = found.filter(({ held }) => held.source === 'cache').length;
  const stale = found.filter(({ held }) => held.stale !== undefined).map(({ name }) => name);
  const unexpanded = found.filter(({ held }) => isUnexpanded(held)).map(({ name }) => name);
  return {
    secrets: Object.fromEntries(found.map(({ name, held }) => [name, held.value])),
    errors: Object.fromEntries(
      names.filter(({ held }) => held === undefined).map((name) => [name.name, whyNot(name)]),
    ),
    from_cache: cached,
    from_fetch: found.length - cached,
    source,
    ...(stale.length > 0 && { stale }),
    ...(unexpanded.length > 0 && { unexpanded }),
  };
}

type Folder = [BatchName, ...BatchName[]];

function byFolder(names: readonly BatchName[]): Folder[] {
  const folders = new Map<string, Folder>();
  for (const name of names) {
    const folder = folders.get(name.place.path);
    if (folder === undefined) folders.set(name.place.path, [name]);
    else folder.push(name);
  }
  return [...folders.values()];
}

async function readFolder(
  names: Folder,
  reads: SecretReads,
  typed: (error: unknown, names: Folder) => RuntimeHostError,
): Promise<void> {
  const keys = names.map(({ key }) => key);
  try {
    const held = await reads.several(names[0].place, keys);
    for (const name of names) {
      name.held = held.get(name.key);
      name.end = name.held
        ? { outcome: 'served', source: name.held.source }
        : { outcome: 'not found', error: 'SecretResolutionError' };
    }
  } catch (error) {
    const refusal = typed(error, names);
    for (const name of names) Object.assign(name, { refusal, end: endOf(refusal) });
  }
}

const whyNot = ({ refusal, place }: BatchName) =>
  refusal === undefined
    ? `SecretResolutionError: not found in ${place.path}`
    : `${refusal.name}: ${refusal.message}`;
