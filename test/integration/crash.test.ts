import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BootstrapReport } from '../../contracts/run/summaries';
import { finishedState, undisturbed } from '../support/finished-state';
import { Installation, expectExit } from '../support/installation';

const root = join(__dirname, '..', '..');
const FIVE_MINUTES = 300_000; // images may have to be built
const RECOVERY_SECONDS = 40; // 9 s on an idle machine: a silent worker is given up after 6 s

describe('a bootstrap that is cut off', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await Installation.create();
  });
  afterEach(() => installation.remove(), FIVE_MINUTES);

  const report = (stdout: string) => JSON.parse(stdout) as BootstrapReport;
  const killServer = () => {
    const { pid } = JSON.parse(readFileSync(join(installation.stateDir, 'temporal', 'server.json'), 'utf8'));
    process.kill(pid, 'SIGKILL');
  };

  /** The stack with a greeter that is never ready: a cancel meets its step on a machine of any speed. */
  function neverGreeting(): string {
    const stack = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    const path = join(installation.stateDir, 'never-greeting.yml');
    writeFileSync(
      path,
      stack.replace('path: /health }', 'path: /never }').replace('./examples', join(root, 'examples')),
    );
    return path;
  }

  /** A server that is killed in its own set-up, four transactions, may lack its own identity; nothing of ours needs that. */
  const torn = {
    ...undisturbed,
    identities: expect.stringMatching(
      /^(Instance Admin Identity 1\n)?onex-runtime 1\nonex-seeder 1$/,
    ) as string,
  };

  async function expectFinished(state: object = undisturbed): Promise<void> {
    const again = await installation.run('up', '--json');
    expectExit(0, again);
    expect(again.seconds).toBeLessThan(RECOVERY_SECONDS);
    expect(finishedState(installation)).toMatchObject(state);
    const third = await installation.run('up', '--json');
    expect(report(third.stdout)).toMatchObject({ outcome: 'complete', changes: { count: 0 } });
    const left = readdirSync(installation.stateDir, { recursive: true }).map(String);
    expect(left.filter((name) => name.endsWith('.tmp') || name.endsWith('bootstrap-token'))).toEqual([]);
  }

  it.each([
    ['the worker, as the first containers start', 'waiting for postgres', []],
    ['the worker, while identities are made', 'waiting for administrator', []],
    ['worker and Temporal server, while secrets are written', 'seed: waiting for ', ['server']],
  ])(
    'finishes in the same state after a kill of %s',
    async (_what, moment, victims) => {
      const run = installation.start('up', '--json');
      await run.says(moment);
      if (victims.length > 0) killServer();
      run.child.kill('SIGKILL');
      await run.ended;
      await expectFinished();
    },
    FIVE_MINUTES,
  );

  it(
    'starts a killed embedded server again and goes on',
    async () => {
      const run = installation.start('up', '--json');
      await run.says('waiting for postgres');
      killServer();
      const { code, stderr } = await run.ended;
      expectExit(0, { code, stderr });
      await expectFinished();
    },
    FIVE_MINUTES,
  );

  it.each([
    ['at once', 0],
    ['while the others come back', 1000],
  ])(
    'brings back services that were stopped under it, and containers that were removed %s',
    async (_when, delayMs) => {
      const run = installation.start('up', '--json');
      await run.says('identity: waiting for administrator');
      const container = (name: string) => `onex-${installation.environment}-${name}-1`;
      installation.docker('kill', container('infisical'), container('postgres'));
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      installation.docker('rm', '--force', container('infisical'), container('valkey'));
      const { code, stderr } = await run.ended;
      expectExit(0, { code, stderr });
      await expectFinished(torn);
    },
    FIVE_MINUTES,
  );

  it(
    'can be cancelled, left by Ctrl-C, joined, and is then finished',
    async () => {
      installation.variables['ONEX_STACK_FILE'] = neverGreeting();
      for (const moment of ['infrastructure: waiting for postgres', 'runtime: waiting for greeter']) {
        const cancelled = installation.start('up');
        await cancelled.says(moment);
        await installation.withClient((client) =>
          client.workflow.getHandle(`bootstrap/${installation.environment}`).cancel(),
        );
        const { code, stderr } = await cancelled.ended;
        expect({ moment, code, stderr }).toMatchObject({ code: 5 });
      }
      delete installation.variables['ONEX_STACK_FILE'];
      installation.docker('rm', '--force', `onex-${installation.environment}-infisical-1`);

      const left = installation.start('up', '--reset'); // to the stack that greets
      await left.says('waiting for infisical');
      left.child.kill('SIGINT');
      const detached = await left.ended;
      expect(detached.code).toBe(130);
      expect(detached.stderr).toMatch(/Detached\.[^]*up [^]*temporal workflow cancel --workflow-id/);

      const down = await installation.run('down');
      expect({ code: down.code, stderr: down.stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is under way'),
      });
      const joining = await installation.run('up', '--json');
      expect({ code: joining.code, stderr: joining.stderr }).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('joined bootstrap/'),
      });
      expect(finishedState(installation)).toMatchObject(undisturbed);
    },
    FIVE_MINUTES,
  );

  it(
    'is one when two start at once, keeps all over down and up, and is made anew without its volumes',
    async () => {
      const runs = await Promise.all([installation.run('up', '--json'), installation.run('up', '--json')]);
      expect(runs.map(({ code }) => code)).toEqual([0, 0]);
      expect(runs[0].stdout).toBe(runs[1].stdout);
      const before = finishedState(installation);
      expect(before).toMatchObject(undisturbed);

      expect((await installation.run('down', '--json')).code).toBe(0);
      const back = await installation.run('up', '--json');
      expect(report(back.stdout)).toMatchObject({ outcome: 'complete', seed: { written: 0 } });
      expect(finishedState(installation)).toEqual(before);

      const down = await installation.run('down', '--volumes', '--json');
      expect(JSON.parse(down.stdout)).toMatchObject({ temporalStopped: true });
      expect((await installation.run('up', '--json')).code).toBe(0);
      expect(finishedState(installation)).toEqual(before);
    },
    FIVE_MINUTES,
  );
});
