import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BootstrapReport } from '../../contracts/run/summaries';
import { finishedStateAt, undisturbed } from '../support/finished-state';
import { expectExit } from '../support/installation';
import { startProxiedInstallation, type ProxiedInstallation } from '../support/proxied-installation';

const MINUTES = 180_000;
const SLOW_MS = 400; // so that a cancel meets every phase in the middle
const example = join(__dirname, '..', '..', 'examples', 'onex');

describe('a real bootstrap that is cancelled in one phase after the other', () => {
  let world: ProxiedInstallation;
  let installation: ProxiedInstallation['installation'];
  let proxy: ProxiedInstallation['proxy'];
  beforeAll(async () => {
    world = await startProxiedInstallation();
    ({ installation, proxy } = world);
  }, MINUTES);
  afterAll(() => world.stop(), MINUTES);

  const files = ['--values', join(example, 'values.env'), '--values', `billing=${example}/billing.env`];
  const up = () =>
    installation.start('up', join(example, 'contracts'), ...files, '--infisical', proxy.address, '--json');

  it(
    'ends as cancelled each time, and is then finished as if nothing had been',
    async () => {
      proxy.inject({ kind: 'slow headers', milliseconds: SLOW_MS });
      for (const moment of [
        'Temporal UI', // the preflight itself is over in a moment
        'identity: waiting for administrator',
        'seed: waiting',
        'prefetch: waiting',
      ]) {
        const run = up();
        await run.says(moment);
        await installation.withClient(async (client) => {
          const handle = client.workflow.getHandle(`bootstrap/${installation.environment}`);
          const cancelled = () => handle.cancel().then(Boolean, () => false); // it may not have begun
          while (!(await cancelled())) await sleep(20);
        });
        const { code, stderr } = await run.ended;
        expect({ moment, code, stderr }).toMatchObject({
          code: 5,
          stderr: expect.stringContaining('was cancelled. To continue from what is in place'),
        });
      }
      await proxy.clear();
      const last = await up().ended;
      expectExit(0, last);
      expect(await finishedStateAt(world.infisical.databaseUri)).toMatchObject(undisturbed);
      const again = await up().ended;
      expect((JSON.parse(again.stdout) as BootstrapReport).changes.count).toBe(0);
    },
    MINUTES,
  );
});
