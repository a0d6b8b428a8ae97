import type { Secret } from '../contracts/core/secret';
import type { RuntimeHostError } from '../contracts/reads/read-error';
import type { GetSecretsBatchResult } from '../contracts/reads/read-result';
import type { SecretPlace } from '../contracts/reads/read-request';
import { endOf, type AskedSecret } from './read-log';
import type { HeldSecret, SecretReads } from './secret-reads';

/** A name of the batch, as it was asked for, and what it means. */
export interface BatchName extends AskedSecret {
  name: string;
  key: string;
}

/**
 * Reads names folder by folder. What the server says of a name (it is not there, its folder is forbidden) stands in
 * `errors`; what another try may cure fails the batch, whose next try finds the rest in the cache. A batch of which
 * nothing is allowed fails too.
 */
export async function readBatch(
  names: readonly BatchName[],
  reads: SecretReads,
  from: 'infisical' | 'environment',
  typed: (error: unknown, names: readonly BatchName[]) => RuntimeHostError,
): Promise<GetSecretsBatchResult> {
  const batch = new Batch();
  const folders = byFolder(names);
  const answers = await Promise.allSettled(
    folders.map(({ place, names: own }) =>
      reads.several(
        place,
        own.map(({ key }) => key),
      ),
    ),
  );
  const refusals: RuntimeHostError[] = [];
  folders.forEach(({ names: own }, at) => {
    const answer = answers[at];
    if (answer?.status === 'fulfilled') own.forEach((name) => batch.take(name, answer.value.get(name.key)));
    else {
      const error = typed(answer?.reason, own);
      refusals.push(error);
      own.forEach((name) => batch.refuse(name, error));
    }
  });
  const fatal = refusals.find(({ retry }) => retry === 'later');
  if (fatal !== undefined) throw fatal;
  if (refusals[0] !== undefined && refusals.length === folders.length) throw refusals[0];
  return batch.result(from);
}

class Batch {
  private readonly secrets: [string, Secret][] = [];
  private readonly errors: [string, string][] = [];
  private readonly stale: string[] = [];
  private fromCache = 0;

  take(asked: BatchName, held: HeldSecret | undefined): void {
    if (held === undefined) {
      this.errors.push([asked.name, `SecretResolutionError: not found in ${asked.place.path}`]);
      asked.end = { outcome: 'not found', error: 'SecretResolutionError' };
      return;
    }
    this.secrets.push([asked.name, held.value]);
    if (held.source === 'cache') this.fromCache += 1;
    if (held.stale !== undefined) this.stale.push(asked.name);
    asked.end = { outcome: 'served', source: held.source };
  }

  refuse(asked: BatchName, error: RuntimeHostError): void {
    this.errors.push([asked.name, `${error.name}: ${error.message}`]);
    asked.end = endOf(error);
  }

  result(source: 'infisical' | 'environment'): GetSecretsBatchResult {
    return {
      secrets: Object.fromEntries(this.secrets),
      errors: Object.fromEntries(this.errors),
      from_cache: this.fromCache,
      from_fetch: this.secrets.length - this.fromCache,
      source,
      ...(this.stale.length > 0 ? { stale: this.stale } : {}),
    };
  }
}

function byFolder(names: readonly BatchName[]): { place: SecretPlace; names: BatchName[] }[] {
  const folders = new Map<string, { place: SecretPlace; names: BatchName[] }>();
  for (const name of names) {
    const folder = folders.get(name.place.path) ?? { place: name.place, names: [] };
    folder.names.push(name);
    folders.set(name.place.path, folder);
  }
  return [...folders.values()];
}
