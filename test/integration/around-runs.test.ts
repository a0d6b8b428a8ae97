import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { Installation, expectExit, type Ended } from '../support/installation';

const MINUTES = 180_000;
const root = join(__dirname, '..', '..');
const example = join(root, 'examples', 'onex');

describe('around the runs of an environment', () => {
  let infisical: DevInfisical;
  let installation: Installation;

  beforeAll(async () => {
    infisical = await startDevInfisical();
    installation = await Installation.create();
    writeFileSync(join(installation.stateDir, 'values.env'), readFileSync(join(example, 'values.env')));
  }, MINUTES);
  afterAll(async () => {
    await installation.run('down');
    await installation.remove();
    await infisical.stop();
  }, MINUTES);

  const values = ['--values', 'values.env', '--values', `billing=${join(example, 'billing.env')}`];
  const declared = () => [join(example, 'contracts'), ...values, '--infisical', infisical.url];
  /** A command with other variables than the installation's own, undefined to take one away. */
  async function withVariables(variables: Record<string, string>, ...args: string[]): Promise<Ended> {
    Object.assign(installation.variables, variables);
    try {
      return await installation.run(...args);
    } finally {
      for (const name of Object.keys(variables)) delete installation.variables[name];
    }
  }

  it(
    'tells by its exit code what a plan found, where it is asked to',
    async () => {
      const detailed = (...args: string[]) => installation.run('plan', '--detailed-exitcode', ...args);
      expectExit(0, await installation.run('declare', ...declared()));
      expectExit(0, await installation.run('plan'));
      expectExit(2, await detailed());
      expectExit(1, await detailed('--owerwrite'));
      expectExit(1, await detailed('-e', 'misspelt'));
      expectExit(0, await installation.run('up'));
      expectExit(0, await detailed());
    },
    MINUTES,
  );

  it('names what is in the root: its folders too', async () => {
    const { stdout } = await installation.run('secrets', 'list');
    expect(stdout.split('\n')).toContain('shared/');
    const below = await installation.run('secrets', 'list', '--path', '/shared', '--json');
    expect(JSON.parse(below.stdout)).toMatchObject({ folders: expect.arrayContaining(['kafka']) });
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['a setting', { ONEX_LOG_LEVEL: 'loud' }, ['--service', 'billing']],
    ['an option', {}, ['--serwice', 'billing']],
    ['a missing option', {}, []],
    ['a service', {}, ['--service', 'biling']],
    ['a node', {}, ['--service', 'billing', '--node', 'nobody']],
    ['an environment', {}, ['--service', 'billing', '-e', 'misspelt']],
    ['the environment of a variable', { ONEX_ENVIRONMENT: 'misspelt' }, ['--service', 'billing']],
    [
      'an environment beside an address',
      { INFISICAL_ADDR: 'http://127.0.0.1:1' },
      ['--service', 'billing', '-e', 'misspelt'],
    ],
  ])('starts no command where %s cannot be used', async (_what, variables, options) => {
    const marks = ['node', '-e', 'console.log("started")'];
    const { code, stdout, stderr } = await withVariables(variables, 'exec', ...options, '--', ...marks);
    expect({ code, stdout }).toEqual({ code: 125, stdout: '' });
    expect(stderr).not.toBe('');
  });

  it('starts no command for an environment that its project does not have', async () => {
    const identity = readFileSync(
      join(installation.stateDir, installation.environment, 'runtime.env'),
      'utf8',
    );
    const trio = Object.fromEntries(
      identity
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    ) as Record<string, string>;
    const { INFISICAL_ENVIRONMENT: _, ...given } = trio;
    const elsewhere = join(installation.stateDir, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    const contracts = ['--contracts', join(example, 'contracts')];
    const exec = (name: string) =>
      withVariables(
        { ...given, ONEX_STATE_DIR: elsewhere },
        ...['exec', '-e', name, '--service', 'billing', ...contracts, '--', 'node', '-e', 'console.log(1)'],
      );
    expect(await exec('misspelt')).toMatchObject({
      code: 125,
      stdout: '',
      stderr: expect.stringMatching(/no environment misspelt; it has .*dev/),
    });
    expect(await exec(installation.environment)).toMatchObject({ code: 0, stdout: '1\n' });
  });

  it('gives all of its output to a slow reader, and ends quietly where nobody reads on', async () => {
    const run = (line: string) =>
      promisify(execFile)('bash', ['-c', line.replaceAll('ONEX', `node -- ${root}/dist/client/main.js`)], {
        cwd: installation.stateDir,
        env: installation.env,
        maxBuffer: 1 << 26,
      });
    const folder = join(installation.stateDir, 'many');
    mkdirSync(folder);
    for (let number = 0; number < 40; number++)
      writeFileSync(
        join(folder, `contract_${number}.yaml`),
        [
          `name: node_${number}`,
          'dependencies:',
          ...Array.from(
            { length: 60 },
            (_, key) => `  - { name: k${key}, type: environment, env_var: SOME_LONG_NAME_${number}_${key} }`,
          ),
        ].join('\n'),
      );
    const whole = await run('ONEX requirements many --json');
    expect(whole.stdout.length).toBeGreaterThan(100_000);
    const slow = await run('ONEX requirements many --json | (sleep 1; wc -c)');
    expect(Number(slow.stdout)).toBe(whole.stdout.length);
    const cut = await run('set -o pipefail; ONEX plan | head -1; ONEX requirements many --json | head -1');
    expect(cut.stderr).not.toMatch(/EPIPE|Error|at /);
  });

  it(
    'tells why the last run failed, and with which code',
    async () => {
      const wrong = await withVariables(
        { INFISICAL_CLIENT_ID: 'nobody', INFISICAL_CLIENT_SECRET: 'wrong', INFISICAL_PROJECT_ID: 'none' },
        'up',
      );
      expectExit(1, wrong);
      const { stdout } = await installation.run('status', '--json');
      expect(JSON.parse(stdout)).toMatchObject({
        services: [],
        run: {
          status: 'failed',
          exitCode: 1,
          reason: expect.stringContaining('adopting the given identity'),
        },
      });
      const { stdout: text } = await installation.run('status');
      expect(text).toMatch(/: failed \(exit code 1\)\n {2}adopting the given identity/);
      expectExit(0, await installation.run('up'));
    },
    MINUTES,
  );

  it.each([
    ['up', 'SIGTERM', 130],
    ['up', 'SIGINT', 130],
    ['plan', 'SIGINT', 130],
    ['worker', 'SIGTERM', 0],
    ['status', 'SIGTERM', 130],
  ] as const)(
    '%s ends at %s whatever it is doing',
    async (command, signal, code) => {
      for (const afterMs of [0, 300, 600, 900, 1_300, 2_000]) {
        const child = spawn('node', ['--', join(root, 'dist/client/main.js'), command], {
          cwd: installation.stateDir,
          env: installation.env,
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        let stderr = '';
        child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
        const ended = new Promise((resolve) => child.on('close', (...end) => resolve(end)));
        await sleep(afterMs);
        const asked = Date.now();
        child.kill(signal);
        const [found, killedBy] = (await ended) as [number | null, string | null];
        expect(Date.now() - asked).toBeLessThan(6_000);
        expect(stderr).not.toMatch(/still in use|Error/);
        // before our first line runs, the signal itself ends the process; a quick command may be over
        expect([code, 0, command === 'status' ? 1 : 0, null]).toContain(found);
        if (found === null) expect(killedBy).toBe(signal);
      }
    },
    MINUTES,
  );
});
