import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { ensureNetworkAndVolumes } from '../../stack/engine/network-and-volumes';
import { ensureStackSecrets } from '../../stack/engine/ensure-stack-secrets';
import { type ClockReading, checkMachine } from '../../environment/machine';
import { Host } from '../../environment/host';
import { readConfiguration } from '../../environment/configuration';
import type { Stack } from '../../stack/compose/stack';
import { mountSmallDisk } from '../support/small-disk';
import { describeWithEngine, engine, packageDir, TestStack } from '../stack/engine/real-engine';

jest.setTimeout(120_000);

const DAY = 86_400_000;

describeWithEngine('the look at a machine before anything is touched', () => {
  const test = new TestStack();
  let stack: Stack;
  let stateDir: string;
  let servers: Server[] = [];

  beforeAll(async () => {
    stack = (await test.prepare()).parse();
    stateDir = join(test.dir, test.environment);
  });
  afterEach(() => {
    for (const server of servers) server.close();
    servers = [];
  });
  afterAll(() => test.remove(stack));

  const clock = (skew: number): ClockReading => ({
    of: 'the Temporal server',
    theirs: Date.now() + skew,
    ours: Date.now(),
  });

  /** As the stack's own environment, or one of an Infisical that nobody runs with its state directory `at`. */
  async function look({ skew = 0, dryRun = false, at = stateDir } = {}) {
    const variables = { ...test.variables, ONEX_STATE_DIR: dirname(at), ONEX_NODES_DIR: test.dir };
    const host = new Host(readConfiguration(variables, { workingDir: test.dir, packageDir }));
    const contracts = [test.dir];
    const flags = at === stateDir ? { contracts } : { infisical: 'http://127.0.0.1:1', contracts };
    const environment = await host.forReading(basename(at), flags);
    return checkMachine(environment, dryRun, () => Promise.resolve(clock(skew)));
  }

  function listen(port: number, host = '127.0.0.1'): Promise<number> {
    return new Promise((resolve) => {
      const server = createServer().listen(port, host, () => resolve((server.address() as AddressInfo).port));
      servers.push(server);
    });
  }

  it('finds nothing on a machine where nothing is, and on one where all runs', async () => {
    expect(await look()).toEqual([]);
    await test.up(stack, ['valkey']);
    expect(await look()).toEqual([]);
  });

  it('names what holds a port, before and after, and minds its own address only', async () => {
    await listen(Number(test.variables['GREETER_PORT']));
    await expect(look()).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(
        /^Port 127\.0\.0\.1:\d+, which greeter needs, is taken by process .* set GREETER_PORT/,
      ),
    });
    servers.pop()?.close();
    await listen(Number(test.variables['GREETER_PORT']), '127.0.0.2');
    expect(await look()).toEqual([]);
  });

  it('lists everything in one message: a clock, two ports and a key', async () => {
    await ensureStackSecrets(stack, { variables: new Map() });
    const { environment } = test;
    await ensureNetworkAndVolumes(engine, stack, {
      environment,
      images: { postgres: { kind: 'local' } },
      stateDir,
    });
    const { file } = stack.secrets['encryption_key']!;
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, 'another');
    await listen(Number(test.variables['POSTGRES_EXTERNAL_PORT']));
    await listen(Number(test.variables['INFISICAL_EXTERNAL_PORT']));
    const error = await look({ skew: -DAY }).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ type: 'Refused', nonRetryable: true });
    const [first, ...lines] = (error as Error).message.split('\n');
    expect(first).toBe('4 things stand in the way, and nothing was touched:');
    const port = (name: string) => `Port 127.0.0.1:${test.variables[name]}, `;
    expect(lines).toEqual(
      [
        'The clock of the Temporal server ',
        port('POSTGRES_EXTERNAL_PORT'),
        port('INFISICAL_EXTERNAL_PORT'),
        `Volume ${stack.name}_postgres was made with a different encryption_key `,
      ].map((start): unknown => expect.stringContaining(`  - ${start}`)),
    );
    writeFileSync(file, good);
  });

  it('looks for a place to write only where nothing will be started', async () => {
    await listen(Number(test.variables['POSTGRES_EXTERNAL_PORT']));
    expect(await look({ skew: DAY, dryRun: true })).toEqual([]);
    await expect(look({ at: '/proc/x' })).rejects.toMatchObject({ type: 'MissingPrerequisite' });
  });

  it('refuses a state directory that will soon be full, and goes on when there is room', async () => {
    const disk = mountSmallDisk(32 * 1024);
    if (disk === undefined) return console.warn('skipped: no file system can be mounted here');
    try {
      disk.fill(8 * 1024 * 1024);
      await expect(look({ at: disk.path })).rejects.toMatchObject({
        type: 'MissingPrerequisite',
        message: expect.stringMatching(
          /^The disk of the state directory \(.*\) has [78] MiB free, and 16 are needed/,
        ),
      });
      disk.fill();
      await expect(look({ at: disk.path })).rejects.toThrow(/cannot be written: the disk is full/);
      disk.free();
      expect(await look({ at: disk.path })).toEqual([]);
    } finally {
      disk.unmount();
    }
  });
});
