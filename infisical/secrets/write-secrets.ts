import { z } from 'zod';
import { badInput, refused } from '../../contracts/core/failures';
import type { SecretWrite } from '../../contracts/plan/writes';
import { secretsGeneration } from '../detect-capabilities';
import { Deadline, type Call } from '../http';
import type { Session } from '../session';
import { chunkWrites } from './chunk-writes';
import type { Scope } from './scope';

/** A write that the server confirmed. `version` is undefined where its answer does not tell keys apart. */
export interface WrittenSecret {
  folder: string;
  key: string;
  version: number | undefined;
}

interface Batch {
  call: Call;
  writes: SecretWrite[];
}

const answerSchema = z.union([
  z.object({ approval: z.looseObject({}) }),
  z.object({
    secrets: z.array(
      z.object({ secretKey: z.string(), secretPath: z.string().optional(), version: z.number() }),
    ),
  }),
]);

/** Fastify's body limit, which this server leaves at its default. */
const BODY_LIMIT = 1024 * 1024;

/**
 * Writes in batches, each all-or-nothing, and calls `onBatch` after each with the keys done so far. Nothing is sent
 * twice: after a lost answer list again and write what is still missing. All folders must exist.
 */
export async function writeSecrets(
  session: Session,
  scope: Scope,
  writes: readonly SecretWrite[],
  { onBatch = () => {} }: { onBatch?: (done: number, total: number) => void } = {},
): Promise<WrittenSecret[]> {
  // the last of several writes to one key counts: a batch with a key twice makes two rows on older servers
  const unique = [...new Map(writes.map((write) => [`${write.folder}\n${write.key}`, write])).values()];
  if (unique.length === 0) return [];
  const generation = await secretsGeneration(session.http);
  const batches = generation === 'v4' ? upserts(scope, unique) : perFolder(scope, unique);
  batches.forEach(assertFits);
  const written: WrittenSecret[] = [];
  for (const batch of batches) {
    const answer = await session.send(batch.call, answerSchema);
    if ('approval' in answer)
      throw refused(
        `Infisical did not write ${foldersOf(batch)} but opened a change request: a change policy of the project covers it. ` +
          'Exempt the seeder identity from that policy, or merge the request, and run again.',
      );
    written.push(...versions(batch.writes, answer.secrets));
    onBatch(written.length, unique.length);
  }
  return written;
}

function upserts({ projectId, environment }: Scope, writes: SecretWrite[]): Batch[] {
  return chunkWrites(writes).map((chunk) => ({
    writes: chunk,
    call: {
      method: 'PATCH',
      route: '/api/v4/secrets/batch',
      body: {
        projectId,
        environment,
        secretPath: '/',
        mode: 'upsert',
        secrets: chunk.map((write) => ({ ...item(write), secretPath: write.folder })),
      },
      deadline: Deadline.batch,
    },
  }));
}

function perFolder({ projectId, environment }: Scope, writes: SecretWrite[]): Batch[] {
  const groups = new Map<string, SecretWrite[]>();
  for (const write of writes) {
    const name = `${write.folder}\n${write.action}`;
    groups.set(name, [...(groups.get(name) ?? []), write]);
  }
  return [...groups.values()].flatMap(chunkWrites).flatMap((chunk) => {
    const [first] = chunk;
    if (!first) return [];
    const body = { workspaceId: projectId, environment, secretPath: first.folder, secrets: chunk.map(item) };
    const method = first.action === 'CREATE' ? ('POST' as const) : ('PATCH' as const);
    return {
      writes: chunk,
      call: { method, route: '/api/v3/secrets/batch/raw', body, deadline: Deadline.batch },
    };
  });
}

const item = ({ key, value }: SecretWrite) => ({ secretKey: key, secretValue: value.reveal() });

function assertFits(batch: Batch): void {
  if (Buffer.byteLength(JSON.stringify(batch.call.body)) <= BODY_LIMIT) return;
  const [write] = batch.writes;
  throw badInput(
    `The value of ${write?.key} in ${write?.folder} is too large: Infisical takes requests of at most 1 MiB.`,
  );
}

const foldersOf = ({ writes }: Batch) => [...new Set(writes.map(({ folder }) => folder))].join(', ');

function versions(
  writes: SecretWrite[],
  answered: { secretKey: string; secretPath?: string | undefined; version: number }[],
): WrittenSecret[] {
  return writes.map(({ folder, key }) => {
    const same = answered.filter(({ secretKey }) => secretKey === key);
    const exact =
      same.find(({ secretPath }) => secretPath === folder) ?? (same.length === 1 ? same[0] : undefined);
    return { folder, key, version: exact?.version };
  });
}
