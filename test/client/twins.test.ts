import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { refuseTwin, watchTwins, type Twins } from '../../client/twins';

const OWN = 'edge-1-0a1b2c';
const [HERE, ELSEWHERE] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];
const worker = (place: string, of = OWN) => `17@there ${place} 0123456789ab.5 0.2.0 of ${of}`;
const TIMES = { look: 5, silence: 100, watch: 5 };

/** Workers of the queue, as the server tells of them: when each asked for work last, how often it was asked about. */
function world(pollers: (asked: number) => [identity: string, at: number][]): Twins {
  let asked = 0;
  const describeTaskQueue = () =>
    Promise.resolve({
      pollers: pollers(asked++).map(([identity, at]) => ({ identity, lastAccessTime: msToTs(at) })),
    });
  const withDeadline = <T>(_: number, ask: () => Promise<T>) => ask();
  const client = { options: { namespace: 'onex' }, workflowService: { describeTaskQueue }, withDeadline };
  return { client: client as unknown as Client, queue: 'q', own: OWN, place: HERE };
}

describe('a worker of an installation', () => {
  const now = Date.now() + 60_000; // of the server, whose clock may be another
  const refusal = async (twins: Twins, told: string[] = []) =>
    refuseTwin(twins, (line) => told.push(line), TIMES).then(
      () => undefined,
      (error: Error) => error.message,
    );

  it('is refused while another machine works as the same one', async () => {
    const told: string[] = [];
    const said = await refusal(
      world((asked) => [[worker(ELSEWHERE), now + asked]]),
      told,
    );
    expect(said).toMatch(
      /^Another machine works as edge-1-0a1b2c \(17@there\).*Stop the worker on one of them/,
    );
    expect(told).toEqual(['looking for 0.1 s whether 17@there works as edge-1-0a1b2c still']);
  });

  it('is refused where that comes while it looks', async () => {
    const twins = world((asked) => [
      [worker(ELSEWHERE), now],
      ...(asked > 1 ? [[worker('cccccccccccc'), now] as [string, number]] : []),
    ]);
    expect(await refusal(twins)).toContain('Another machine');
  });

  it.each<[string, [string, number][]]>([
    ['nobody is there', []],
    ['another one of this machine works, in a container too', [[worker(HERE), now]]],
    ['workers of other installations do', [[worker(ELSEWHERE, 'edge-2-0a1b2c'), now]]],
    [
      'one of an earlier build does, which tells no place',
      [[worker(ELSEWHERE).replace(` ${ELSEWHERE}`, ''), now]],
    ],
    ['one has been silent for long', [[worker(ELSEWHERE), now - 120_000]]],
  ])('begins at once where %s', async (_, pollers) => {
    const told: string[] = [];
    expect(
      await refusal(
        world(() => pollers),
        told,
      ),
    ).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('begins after a while where one is heard no more, as after a restart of this machine', async () => {
    expect(await refusal(world(() => [[worker(ELSEWHERE), now]]))).toBe(undefined);
  });

  it('tells once of one that comes later, or is back', async () => {
    const told: string[] = [];
    const over = new AbortController();
    const twins = world((asked) => (asked < 2 ? [] : [[worker(ELSEWHERE), now + asked]]));
    const watching = watchTwins(twins, (line) => told.push(line), over.signal, TIMES);
    await new Promise((resolve) => setTimeout(resolve, 100));
    over.abort();
    await watching;
    expect(told).toEqual([expect.stringContaining('✘ Another machine works as edge-1-0a1b2c (17@there)')]);
  });
});
