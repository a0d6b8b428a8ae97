import { setTimeout as sleep } from 'node:timers/promises';
import { buildProgram, COUNTER, isStopped, start, until } from './exec-process';

const ROUNDS = 5;

describe('passSignals', () => {
  let program: ReturnType<typeof buildProgram>;
  beforeAll(() => {
    program = buildProgram();
  });
  afterAll(() => program.remove());

  /** Sends a signal five times, each when the last has arrived, and returns how many arrived. */
  async function received(
    running: ReturnType<typeof start>,
    signal: string,
    send: () => void,
  ): Promise<number> {
    const count = () => running.output().split(`got ${signal}`).length - 1;
    for (let round = 1; round <= ROUNDS; round++) {
      send();
      await running.printed(new RegExp(`(got ${signal}[^]*){${round}}`));
    }
    await sleep(200); // for one that should not come
    return count();
  }

  it.each([
    'SIGTERM',
    'SIGHUP',
    'SIGUSR1',
    'SIGUSR2',
    'SIGALRM',
    'SIGINT',
    'SIGQUIT',
    'SIGWINCH',
    'SIGCONT',
  ] as const)('passes %s on exactly once where no terminal is, and waits for the child', async (signal) => {
    const running = start(process.execPath, [program.path, process.execPath, '-e', COUNTER]);
    const [, pid] = await running.printed(/child (\d+) ready/);
    expect(await received(running, signal, () => running.kill(signal))).toBe(ROUNDS);
    process.kill(Number(pid), 'SIGKILL');
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL' });
  });

  it('outlives a child that ignores SIGTERM, and ends with what that ends with', async () => {
    const script = 'trap "" TERM; echo ready; read line; exit 7';
    const running = start(process.execPath, [program.path, 'sh', '-c', script]);
    await running.printed(/ready/);
    for (let round = 0; round < 3; round++) running.kill('SIGTERM');
    await sleep(200);
    running.stdin.end('\n');
    expect(await running.ended).toMatchObject({ code: 7, signal: null });
  });

  it('lets a signal that the child does not handle end both', async () => {
    const running = start(process.execPath, [program.path, 'sh', '-c', 'echo ready; exec sleep 60']);
    await running.printed(/ready/);
    running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  it('stops and continues together with its child', async () => {
    const job = 'set -m; "$@" & echo "parent $!"; read line'; // in a group that may be stopped
    const args = [process.execPath, program.path, process.execPath, '-e', COUNTER];
    const running = start('bash', ['-c', job, 'bash', ...args]);
    const pids = [await running.printed(/parent (\d+)/), await running.printed(/child (\d+)/)].map(
      ([, pid]) => Number(pid),
    );
    const [parent = 0, child = 0] = pids;
    for (let round = 0; round < 3; round++) {
      process.kill(parent, 'SIGTSTP');
      await until(() => pids.every(isStopped) || undefined, 'both stopped');
      process.kill(parent, 'SIGCONT');
      await until(() => !pids.some(isStopped) || undefined, 'both go on');
    }
    process.kill(child, 'SIGKILL');
    running.stdin.end();
    await running.ended;
  });
});
