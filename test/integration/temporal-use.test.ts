import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { Installation, expectExit } from '../support/installation';

const MINUTES = 180_000;
const example = join(__dirname, '..', '..', 'examples', 'onex');

describe('the embedded Temporal server', () => {
  let infisical: DevInfisical;
  let installation: Installation;

  beforeAll(async () => {
    infisical = await startDevInfisical();
    installation = await Installation.create();
    const declared = [join(example, 'contracts'), '--infisical', infisical.url, '--allow-partial'];
    expectExit(4, await installation.run('up', ...declared));
  }, MINUTES);
  afterAll(async () => {
    await installation.run('down');
    await installation.remove();
    await infisical.stop();
  }, MINUTES);

  it(
    'is left to other environments, workers and schedules',
    async () => {
      const down = async () => (await installation.run('down')).stdout;
      expectExit(4, await installation.run('up', '--allow-partial'));
      await installation.run('up', '-e', 'other', '--infisical', 'http://127.0.0.1:1', '--dry-run');
      expect(await down()).toContain('stopped the embedded Temporal server');

      expectExit(4, await installation.run('up', '--allow-partial'));
      // a port that no client asks: final at once
      expectExit(3, await installation.run('up', '-e', 'other', '--infisical', 'http://127.0.0.1:1'));
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
      const server = () =>
        (
          JSON.parse(readFileSync(join(installation.stateDir, 'temporal', 'server.json'), 'utf8')) as {
            pid: number;
          }
        ).pid;
      const worker = installation.start('worker');
      await worker.says('Ctrl-C stops it');
      process.kill(server(), 'SIGKILL');
      await worker.says('does not answer; the worker goes on when it is back');
      expectExit(4, await installation.run('up', '--allow-partial')); // starts it again
      await worker.says('answers again; the worker goes on');
      const lines = worker.output().split('\n');
      expect(lines.filter((line) => /does not answer|answers again/.test(line))).toHaveLength(2);
      expect(worker.output()).not.toMatch(/still in use|Error/);
      process.kill(server(), 'SIGKILL');
      const asked = Date.now();
      worker.child.kill('SIGTERM');
      expectExit(0, await worker.ended);
      expect(Date.now() - asked).toBeLessThan(15_000);
    },
    MINUTES,
  );
});
