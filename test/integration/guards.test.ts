import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BootstrapReport } from '../../contracts/run/summaries';
import { borrow } from '../support/borrow';
import { finishedState, undisturbed } from '../support/finished-state';
import { Installation, type Running, expectExit } from '../support/installation';

const FIVE_MINUTES = 300_000; // images may have to be built

describe('what is refused or waited for before anything is touched', () => {
  let installation: Installation;
  let elsewhere: Record<string, string>;

  beforeAll(async () => {
    installation = await Installation.create();
    const { address = '', namespace = '' } = (await borrow('temporal')) ?? {};
    elsewhere = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  }, FIVE_MINUTES);
  afterAll(async () => {
    await installation.remove();
  }, FIVE_MINUTES);

  const report = (stdout: string) => JSON.parse(stdout) as BootstrapReport;
  const containers = () =>
    installation.docker('ps', '-aq', '--filter', `label=onex.environment=${installation.environment}`);

  /** The same installation, served by another Temporal server. */
  function fromElsewhere(...args: string[]): Running {
    Object.assign(installation.variables, elsewhere);
    try {
      return installation.start(...args);
    } finally {
      for (const name of Object.keys(elsewhere)) delete installation.variables[name];
    }
  }

  it(
    'of two hosts that start an environment at once with one Temporal server one does it, and the other is refused',
    async () => {
      const hosts = await Promise.all(
        ['host-a', 'host-b'].map((ONEX_HOST) => Installation.create({ ONEX_HOST, ...elsewhere })),
      );
      const [a, b] = hosts as [Installation, Installation];
      Object.assign(b.variables, a.variables, { ONEX_HOST: 'host-b', ONEX_ENVIRONMENT: a.environment });
      const runs = await Promise.all(hosts.map((host) => host.run('up', '--json')));
      const made = (host: Installation) =>
        existsSync(join(host.stateDir, a.environment, 'secrets', 'postgres_password'));
      const worked = hosts.filter(made);
      const ended = runs
        .map(({ code, stderr }) => ({ code, stderr }))
        .sort((x, y) => Number(x.code) - Number(y.code));
      const owner = worked[0] === a ? 'host-a' : 'host-b';
      const told = new RegExp(`${a.environment} .*(belongs to|for) the installation ${owner}-`);
      expect(ended).toMatchObject([{ code: 0 }, { code: 1, stderr: expect.stringMatching(told) }]);
      expect(worked).toHaveLength(1);
      expect(finishedState(a)).toMatchObject(undisturbed);
      for (const host of worked) await host.run('down', '--volumes');
      for (const host of hosts) rmSync(host.stateDir, { recursive: true });
    },
    FIVE_MINUTES,
  );

  it(
    '`down` from another Temporal server is refused while a run is at work, and done when it has ended',
    async () => {
      const run = installation.start('up', '--json');
      await run.says('waiting for postgres');
      const refused = await fromElsewhere('down').ended;
      expect({ code: refused.code, stderr: refused.stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`bootstrap/${installation.environment} is under way`),
      });
      const { code, stderr } = await run.ended;
      expectExit(0, { code, stderr });
      expect(containers()).not.toBe('');
      const down = await fromElsewhere('down').ended;
      expectExit(0, down);
      expect(containers()).toBe('');
    },
    FIVE_MINUTES,
  );

  it(
    'two Temporal servers that serve one state directory take turns, also after a kill of the first',
    async () => {
      const first = installation.start('up', '--json');
      await first.says('waiting for postgres');
      const second = fromElsewhere('up', '--json');
      await second.says(`is being changed by bootstrap/${installation.environment} of the Temporal at`);
      first.child.kill('SIGKILL');
      const taken = await second.ended;
      expectExit(0, taken);
      expect(finishedState(installation)).toMatchObject(undisturbed);
      // the first server's run still stands where it was: its worker comes back, waits for its turn, and changes nothing
      const back = await installation.run('up', '--json');
      expect(report(back.stdout)).toMatchObject({ outcome: 'complete' });
      expect(finishedState(installation)).toMatchObject(undisturbed);
    },
    FIVE_MINUTES,
  );

  it(
    'a wrong ENCRYPTION_KEY is refused before a container starts, and the right one goes on',
    async () => {
      expect((await installation.run('up', '--json')).code).toBe(0);
      const before = finishedState(installation);
      expect((await installation.run('down')).code).toBe(0);
      const file = join(installation.stateDir, installation.environment, 'secrets', 'encryption_key');
      const good = readFileSync(file, 'utf8');
      writeFileSync(file, '0123456789abcdef0123456789abcdef');

      const refused = await installation.run('up', '--json');
      expect(refused.code).toBe(1);
      const { message } = JSON.parse(refused.stdout);
      expect(message).toContain(
        `Volume onex-${installation.environment}_postgres was made with a different encryption_key`,
      );
      expect(message).toContain(file);
      expect(containers()).toBe('');

      writeFileSync(file, good);
      expect((await installation.run('up', '--json')).code).toBe(0);
      expect(finishedState(installation)).toEqual(before);
    },
    FIVE_MINUTES,
  );
});
