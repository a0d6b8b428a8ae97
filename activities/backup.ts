import { Context } from '@temporalio/activity';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refused } from '../contracts/core/failures';
import type { RunRef } from '../contracts/run/run-ref';
import type { Changed, BackupSummary } from '../contracts/run/summaries';
import type { Secret } from '../contracts/core/secret';
import { makeBackup } from '../environment/backup/make-backup';
import { restoreDatabases } from '../environment/backup/restore';
import { RowDigests, type Counted } from '../environment/backup/row-digests';
import type { Host } from '../environment/host';
import { currentProgress } from '../environment/progress';
import { openStore } from '../infisical/access/access';
import { attempt } from '../infisical/problem';
import { listSecrets } from '../infisical/secrets/secrets';

/** Copies of an environment. */
export const backupActivities = (host: Host) => ({
  /** Writes one encrypted file into the folder that was declared for it. */
  async makeBackup(run: RunRef): Promise<BackupSummary> {
    const environment = await host.open(run);
    const { info } = Context.current();
    const key = await environment.key();
    return makeBackup(environment, {
      ...currentProgress(),
      at: new Date(info.scheduledTimestampMs),
      product: await productVersion(host),
      secrets: environment.external === undefined ? () => countSecrets(environment, key) : undefined,
    });
  },

  /** Loads the databases of the backup that is being restored; says nothing where none is. */
  async restoreDatabases(run: RunRef): Promise<Changed> {
    const restored = await restoreDatabases(await host.open(run), currentProgress());
    if (restored === undefined) return { changes: [] };
    const services = Object.keys(restored.databases).map((service) => `restored the database of ${service}`);
    return { changes: [`restored the state of ${restored.made}`, ...services] };
  },
});

export async function productVersion({ configuration }: Host): Promise<string> {
  const text = await readFile(join(configuration.packageDir, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** What the identity that writes reads, in a count and a keyed digest. */
export const countSecrets = (place: Parameters<typeof openStore>[0], key: Secret): Promise<Counted> =>
  attempt('reading what is in Infisical', async () => {
    const store = await openStore(place, 'seeder');
    const digests = new RowDigests(key);
    const row = digests.open('secrets');
    if (store !== undefined)
      for (const secret of await listSecrets(store.session, store.scope))
        row(JSON.stringify([secret.folder, secret.key, secret.value.reveal()]));
    return digests.result()['secrets']!;
  });

/** Refused where an identity reads other secrets than those that were counted before. */
export function refuseOtherSecrets(who: string, found: Counted, wanted: Counted | undefined): void {
  if (found.count !== wanted?.count)
    throw refused(`${who} shows ${found.count} secrets, and ${wanted?.count} were backed up.`);
  if (found.digest !== wanted.digest)
    throw refused(`${who} shows other values than those that were backed up.`);
}
