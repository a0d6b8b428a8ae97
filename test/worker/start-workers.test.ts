import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import pino from 'pino';
import type { Host } from '../../environment/host';
import { startWorkers, type WorkerDependencies } from '../../worker/start-workers';

let holding = 0; // workers that hold the connection, which then cannot be closed

/** A worker that runs until it is told to stop, and holds the connection for a moment after that. */
function fakeWorker(lingersMs: number): Worker {
  let state = 'INITIALIZED';
  let end = () => {};
  const over = new Promise<void>((resolve) => (end = resolve));
  holding += 1;
  const run = async () => {
    state = 'RUNNING';
    await over;
    state = 'STOPPED';
    await new Promise((resolve) => setTimeout(resolve, lingersMs));
    holding -= 1;
  };
  return { run, shutdown: () => end(), getState: () => state } as unknown as Worker;
}

describe('the workers of a process', () => {
  const close = jest.fn(() => (holding === 0 ? Promise.resolve() : Promise.reject(new Error('in use'))));
  const served: string[] = [];
  let failing = new Map<string, number>();
  beforeEach(() => {
    served.length = 0;
    jest
      .spyOn(NativeConnection, 'connect')
      .mockResolvedValue({ close, plugins: [] } as unknown as NativeConnection);
    jest.spyOn(Worker, 'create').mockImplementation(({ taskQueue }: WorkerOptions) => {
      const left = failing.get(taskQueue ?? '') ?? 0;
      failing.set(taskQueue ?? '', left - 1);
      if (left > 0) return Promise.reject(new Error('the server is away'));
      served.push(taskQueue ?? '');
      return Promise.resolve(fakeWorker(served.length * 20));
    });
  });
  afterEach(() => jest.restoreAllMocks());

  const host = {
    configuration: { host: 'h', packageDir: process.cwd(), stateRoot: '/tmp' },
    installation: () => Promise.resolve('h-000000'),
    environments: () => Promise.resolve(['dev', 'prod']),
    homeOf: () => Promise.resolve(undefined),
    queueOf: (environment: string) => Promise.resolve(`onex-bootstrap/${environment}@h`),
  } as unknown as Host;
  const dependencies = {
    host,
    logger: pino({ level: 'silent' }),
    searchAttributes: { runs: false, drift: false },
    shared: false,
    reads: {},
    keys: undefined,
  } as unknown as WorkerDependencies;
  const start = (others: 'now' | 'soon' = 'now') =>
    startWorkers({ connectionOptions: { address: 'x:1' } }, dependencies, { first: ['dev'], others });

  it('serve every queue of the host, once each, and stop together', async () => {
    failing = new Map();
    const workers = await start();
    await workers.stop();
    expect([...served].sort()).toEqual([
      'onex-bootstrap',
      'onex-bootstrap/dev',
      'onex-bootstrap/dev@h',
      'onex-bootstrap/prod',
      'onex-bootstrap/prod@h',
    ]);
    expect(close).toHaveBeenCalled();
  });

  it('serve at the next look what could not be served while the server was away, and leave none running', async () => {
    failing = new Map([
      ['onex-bootstrap', 1],
      ['onex-bootstrap/prod@h', 2],
    ]);
    const workers = await start();
    expect(served).not.toContain('onex-bootstrap');
    expect(served).toContain('onex-bootstrap/prod');
    const over = performance.now() + 20_000;
    while (!served.includes('onex-bootstrap/prod@h') && performance.now() < over)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect([...served].sort()).toEqual([...new Set(served)].sort());
    expect(served).toHaveLength(5);
    await workers.stop();
  });

  it('close their connection where the first cannot be served', async () => {
    failing = new Map([['onex-bootstrap/dev@h', 1]]);
    close.mockClear();
    await expect(start()).rejects.toThrow('the server is away');
    expect(close).toHaveBeenCalled();
  });
});
