import { InfisicalError, type InfisicalProblem } from '../../infisical/problem';
import { GuardedReads } from '../../reads/guarded-reads';
import { ReadBreaker } from '../../reads/read-breaker';
import { EnvironmentSource } from '../../reads/secret-source';
import { temporaryFolder } from '../environment/files/temporary-folder';
import { kafka, openCopies, secret } from './copies/fixture';

const { host, identity, ...place } = kafka;
const valkey = { ...place, path: '/shared/valkey' };
const observed = [{ folder: place.path, ...secret('A', '1') }];
const failing = (problem: InfisicalProblem) => () => Promise.reject(new InfisicalError('no', problem));
const outage = failing({ kind: 'unavailable', reason: 'network' });

/** What exec reads: trees, of which copies are kept by folder. */
describe('GuardedReads of trees', () => {
  async function guarded() {
    const folder = await temporaryFolder();
    const { copies } = openCopies(folder.path);
    const breaker = new ReadBreaker({ enabled: true, threshold: 5, resetSeconds: 60 });
    const reads = new GuardedReads(new EnvironmentSource(new Map()), breaker, { host, identity }, copies);
    const list = (how: () => Promise<typeof observed>) => reads.trees([place, valkey], how);
    await list(() => Promise.resolve(observed));
    return { list, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
  }

  it('come from the copies during an outage, with the age of the oldest', async () => {
    await using world = await guarded();
    const { secrets, ageSeconds } = await world.list(outage);
    expect(secrets.map(({ folder, key, value }) => [folder, key, value.reveal()])).toEqual([
      ['/shared/kafka', 'A', '1'],
    ]);
    expect(ageSeconds).toBe(0);
  });

  it.each([
    { kind: 'unauthorised' },
    { kind: 'tokenExpired' },
    { kind: 'lockedOut' },
    { kind: 'forbidden' },
    { kind: 'notFound' },
  ] as const)('are forgotten where the server refuses: $kind', async (problem) => {
    await using world = await guarded();
    await expect(world.list(failing(problem))).rejects.toMatchObject({ problem });
    await expect(world.list(outage)).rejects.toMatchObject({ problem: { kind: 'unavailable' } });
  });

  it('are neither served nor forgotten where the server is busy', async () => {
    await using world = await guarded();
    const busy = { kind: 'rateLimited', retryAfterSeconds: 1 } as const;
    await expect(world.list(failing(busy))).rejects.toMatchObject({ problem: busy });
    expect((await world.list(outage)).secrets).toHaveLength(1);
  });
});
