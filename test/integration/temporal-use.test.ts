import { readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeServerFile } from '../../client/temporal/dev-server';
import { borrow } from '../support/borrow';
import { expectExit } from '../support/installation';
import { startProxiedInstallation, type ProxiedInstallation } from '../support/proxied-installation';
import { freePort } from '../support/local-services';

const MINUTES = 180_000;
const example = join(__dirname, '..', '..', 'examples', 'onex');

/** Another Temporal server behind the port, as soon as it is free. */
async function takePort(port: number): Promise<Server> {
  const [host = '', strangers] = (await borrow('temporal'))?.address.split(':') ?? [];
  for (;;) {
    const server = createServer((socket) => {
      const through = connect(Number(strangers), host);
      for (const end of [socket, through]) end.on('error', () => (socket.destroy(), through.destroy()));
      socket.pipe(through).pipe(socket);
    });
    const taken = await new Promise((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (taken) return server;
  }
}

describe('the embedded Temporal server', () => {
  let world: ProxiedInstallation;
  let installation: ProxiedInstallation['installation'];
  let proxy: ProxiedInstallation['proxy'];

  beforeAll(async () => {
    world = await startProxiedInstallation();
    ({ installation, proxy } = world);
    // not the default ports: while its server is away, another test's would take them
    const ports = { port: await freePort(), uiPort: await freePort() };
    await writeServerFile(join(installation.stateDir, 'temporal'), ports);
    const declared = [join(example, 'contracts'), '--infisical', proxy.address, '--allow-partial'];
    expectExit(4, await installation.run('up', ...declared));
  }, MINUTES);
  afterAll(() => world.stop(), MINUTES);

  const serverFile = () =>
    JSON.parse(readFileSync(join(installation.stateDir, 'temporal', 'server.json'), 'utf8')) as {
      port: number;
      pid: number;
    };

  it(
    'is left to other environments, workers and schedules',
    async () => {
      const down = async () => (await installation.run('down')).stdout;
      expectExit(4, await installation.run('up', '--allow-partial'));
      await installation.run('up', '-e', 'other', '--infisical', 'http://127.0.0.1:1', '--dry-run');
      expect(await down()).toContain('stopped the embedded Temporal server');

      expectExit(4, await installation.run('up', '--allow-partial'));
      // a server that does not speak TLS: final at once
      const plain = proxy.address.replace('http:', 'https:');
      expectExit(3, await installation.run('up', '-e', 'other', '--infisical', plain));
      expect(await down()).toMatch(/the embedded Temporal server stays: other uses it\n/);
      await installation.run('down', '-e', 'other');

      const worker = installation.start('worker');
      await worker.says('Ctrl-C stops it');
      expect(await down()).toMatch(/stays: the worker \d+@\S+ is connected\n/);
      worker.child.kill('SIGTERM');
      expectExit(0, await worker.ended);

      expectExit(4, await installation.run('up', '--allow-partial'));
      const schedules = await installation.withClient((client) =>
        client.schedule.create({
          scheduleId: 'nightly',
          spec: { calendars: [{ hour: 3 }] },
          action: {
            type: 'startWorkflow',
            workflowType: 'bootstrap',
            taskQueue: 'onex-bootstrap',
            args: [{}],
          },
        }),
      );
      expect(schedules.scheduleId).toBe('nightly');
      while (!/it has the schedule nightly/.test(await down())) await sleep(500); // listed a moment later
      expectExit(2, await installation.run('down', '-e', 'misspelt'));
      const { stderr } = await installation.run('down', '-e', 'misspelt');
      expect(stderr).toMatch(/misspelt was never declared .*those that are: other, /);
      await installation.withClient((client) => client.schedule.getHandle('nightly').delete());
      while (!/stopped the embedded/.test(await down())) await sleep(500);
    },
    MINUTES,
  );

  it(
    'is waited for by a worker, which says once that it is away, goes on when it is back, and ends when it is told to',
    async () => {
      expectExit(4, await installation.run('up', '--allow-partial'));
      const worker = installation.start('worker');
      await worker.says('Ctrl-C stops it');
      process.kill(serverFile().pid, 'SIGKILL');
      await worker.says('does not answer; the worker goes on when it is back');
      expectExit(4, await installation.run('up', '--allow-partial')); // starts it again
      await worker.says('answers again; the worker goes on');
      const lines = worker.output().split('\n');
      expect(lines.filter((line) => /does not answer|answers again/.test(line))).toHaveLength(2);
      expect(worker.output()).not.toMatch(/still in use|Error/);
      process.kill(serverFile().pid, 'SIGKILL');
      const asked = Date.now();
      worker.child.kill('SIGTERM');
      expectExit(0, await worker.ended);
      expect(Date.now() - asked).toBeLessThan(15_000);
    },
    MINUTES,
  );

  it(
    'is followed to another port, by a worker and by up, where a stranger takes its own while it is away',
    async () => {
      proxy.inject({ kind: 'slow headers', milliseconds: MINUTES });
      const run = installation.start('up', '--allow-partial');
      await run.says('identity: waiting for');
      const worker = installation.start('worker');
      await worker.says('Ctrl-C stops it');
      const { port, pid } = serverFile();
      process.kill(pid, 'SIGKILL');
      const stranger = await takePort(port);
      await run.says('; going on anew');
      await worker.says('; the worker goes on anew');
      await proxy.clear();
      expectExit(4, await run.ended);
      expect(serverFile().port).not.toBe(port);
      worker.child.kill('SIGTERM');
      expectExit(0, await worker.ended);
      stranger.close();
    },
    MINUTES,
  );
});
