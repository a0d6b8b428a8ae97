import { Client, Connection } from '@temporalio/client';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { keepHistories } from '../../../client/temporal/connect';
import {
  ensureDevServer,
  findDevServer,
  freePort,
  readServerFile,
  stopDevServer,
  writeServerFile,
} from '../../../client/temporal/dev-server';
import { waitFor } from '../../../contracts/core/wait-for';
import { temporalCli } from '../../../client/temporal/temporal-cli';
import { temporaryFolder } from '../../environment/files/temporary-folder';

const TAKEN = "Error: can't set UI port 8233: listen tcp 127.0.0.1:8233: bind: address already in use";

describe('the embedded Temporal server', () => {
  let cli: string;
  beforeAll(async () => {
    const tools = join(homedir(), '.onex-bootstrap', 'tools');
    cli = await temporalCli(tools, process.env['PATH'] ?? '', () => {});
  }, 120_000);

  /** A CLI that says something and ends at its first call; at the next one it is the real one. */
  function failingOnce(folder: string, words: string): string {
    const path = join(folder, 'cli');
    const called = join(folder, 'called');
    const script = `#!/bin/sh\nif [ ! -e ${called} ]; then touch ${called}; echo "${words}" >&2; exit 1; fi\nexec ${cli} "$@"\n`;
    writeFileSync(path, script, { mode: 0o755 });
    return path;
  }

  it('takes another port where somebody took its own between our look and its start', async () => {
    await using folder = await temporaryFolder();
    const dir = join(folder.path, 'temporal');
    const started = await ensureDevServer(dir, () => Promise.resolve(failingOnce(folder.path, TAKEN)));
    expect(started.action).toBe('started');
    expect(await findDevServer(dir)).toEqual({ ...started, action: 'found' });
    const { pid } = (await readServerFile(dir)) ?? {};
    // a variable of ours would be there for as long as it lives
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['HOME', 'PWD', ''].includes(name ?? ''))).toEqual([]);
    expect(await stopDevServer(dir)).toBe(true);
    expect(await stopDevServer(dir)).toBe(false);
    expect(await findDevServer(dir)).toBeUndefined();
  }, 60_000);

  it('is not taken for the one that took its port between our look and its start', async () => {
    await using folder = await temporaryFolder();
    const [path, called] = [join(folder.path, 'cli'), join(folder.path, 'called')];
    const slowly = `touch ${called}; sleep 1; echo "${TAKEN}" >&2; exit 1`; // a real one needs as long to notice
    writeFileSync(path, `#!/bin/sh\nif [ ! -e ${called} ]; then ${slowly}; fi\nexec ${cli} "$@"\n`, {
      mode: 0o755,
    });
    const dir = join(folder.path, 'temporal');
    const port = await freePort(0);
    await writeServerFile(dir, { port, uiPort: await freePort(0) });
    const starting = ensureDevServer(dir, () => Promise.resolve(path));
    await waitFor(() => existsSync(called) || undefined, { forMs: 10_000 });
    await using _thief = createServer().listen(port, '127.0.0.1');
    const { address } = await starting;
    expect(address).not.toBe(`127.0.0.1:${port}`);
    expect(await findDevServer(dir)).toMatchObject({ address });
    await stopDevServer(dir);
  }, 60_000);

  it('hands out what is due at once, not at its next look a second later', async () => {
    await using folder = await temporaryFolder();
    const dir = join(folder.path, 'temporal');
    const { address } = await ensureDevServer(dir, () => Promise.resolve(cli));
    const client = new Client({ connection: await Connection.connect({ address }) });
    const taskQueue = 'nobody';
    const delays: number[] = [];
    for (let time = 0; time < 3; time++) {
      const options = { taskQueue, workflowId: `due-${time}`, startDelay: '250ms' } as const;
      const handle = await client.workflow.start('any', options);
      const times = async () => {
        const { events } = await handle.fetchHistory();
        return events!.map(({ eventTime: at }) => Number(at!.seconds) * 1000 + (at!.nanos ?? 0) / 1e6);
      };
      const both = async () => ((await times()).length > 1 ? times() : undefined);
      const [started, due] = (await waitFor(both, { forMs: 5_000 })) ?? [];
      delays.push(due! - started!);
    }
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(250);
    expect(Math.min(...delays)).toBeLessThan(600); // about 270, and up to 1,250 by Temporal's defaults
    await client.connection.close();
    await stopDevServer(dir);
  }, 60_000);

  it('remembers ended runs for 30 days, also when it is started again', async () => {
    await using folder = await temporaryFolder();
    await writeServerFile(folder.path, { port: await freePort(0), uiPort: await freePort(0) });
    const retention = async (set: boolean) => {
      const { address, pid } = await ensureDevServer(folder.path, () => Promise.resolve(cli));
      const client = new Client({ connection: await Connection.connect({ address }) });
      const asked = jest.spyOn(client.workflowService, 'describeNamespace');
      const server = { dir: folder.path, pid };
      if (set) for (const _ of [1, 2]) await keepHistories(client, server, 'host-000000');
      expect(asked).toHaveBeenCalledTimes(set ? 1 : 0);
      const { config } = await client.workflowService.describeNamespace({ namespace: 'default' });
      await client.connection.close();
      await stopDevServer(folder.path);
      return Number(config?.workflowExecutionRetentionTtl?.seconds) / 3600 / 24;
    };
    expect(await retention(true)).toBe(30);
    expect(await retention(false)).toBe(30);
  }, 60_000);

  it('keeps its port when it is started again at the moment of its kill', async () => {
    await using folder = await temporaryFolder();
    const start = () => ensureDevServer(folder.path, () => Promise.resolve(cli));
    // not the default, which other tests take
    await writeServerFile(folder.path, { port: await freePort(0), uiPort: await freePort(0) });
    const { address } = await start();
    for (let kill = 1; kill <= 5; kill++) {
      const { pid = 0 } = (await readServerFile(folder.path)) ?? {};
      process.kill(pid, 'SIGKILL');
      let again = await start();
      while (again.action === 'found') again = await start(); // it answered with its last breath
      expect(again.address).toBe(address);
    }
    await stopDevServer(folder.path);
  }, 60_000);

  it('is found by its process after a start that was killed before it noted it, and nobody else is taken for it', async () => {
    await using folder = await temporaryFolder();
    const [ours, others] = [join(folder.path, 'ours'), join(folder.path, 'others')];
    const { address } = await ensureDevServer(ours, () => Promise.resolve(cli));
    const { port = 0, uiPort = 0 } = (await readServerFile(ours)) ?? {};
    for (const dir of [ours, others]) await writeServerFile(dir, { port, uiPort });
    expect(await findDevServer(ours)).toMatchObject({ address, action: 'found' });
    expect(await findDevServer(others)).toBeUndefined();
    expect(await stopDevServer(others)).toBe(false);
    const theirs = await ensureDevServer(others, () => Promise.resolve(cli));
    expect(theirs).toMatchObject({ action: 'started', address: expect.not.stringContaining(address) });
    expect([await stopDevServer(others), await stopDevServer(ours)]).toEqual([true, true]);
  }, 60_000);

  it('is not started again after another failure, whose log the message names', async () => {
    await using folder = await temporaryFolder();
    const failing = failingOnce(folder.path, 'Error: file is not a database');
    const starting = ensureDevServer(join(folder.path, 'temporal'), () => Promise.resolve(failing));
    await expect(starting).rejects.toMatchObject({
      type: 'MissingPrerequisite',
      message: expect.stringMatching(/did not answer .* Its log says why: .*server\.log/),
    });
    expect(existsSync(join(folder.path, 'temporal', 'start.lock'))).toBe(false);
  });
});
