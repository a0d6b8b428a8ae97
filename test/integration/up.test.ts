import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BootstrapReport } from '../../contracts/run/summaries';
import { InfisicalHttp } from '../../infisical/http';
import { login } from '../../infisical/session';
import { listSecrets } from '../../infisical/secrets/secrets';
import { readServer, readIdentityState } from '../../infisical/identity/state';
import { Secret } from '../../contracts/core/secret';
import { Installation, expectExit } from '../support/installation';
import { readHistories, readIfThere, readableFiles } from '../support/readable';

const TEN_MINUTES = 600_000; // the first run on a machine installs an engine and builds images
const canary = 'canary-3d7b91c0e2';

describe('onex-bootstrap up', () => {
  let installation: Installation;
  const environmentCanary = `${canary}-environment`;

  beforeAll(async () => {
    installation = await Installation.create({ CHAT_CHANNEL_ID: environmentCanary });
  });
  afterAll(() => installation.remove(), TEN_MINUTES);

  const valuesFile = () => join(installation.stateDir, 'values.env');
  const example = join(__dirname, '..', '..', 'examples', 'onex');
  const args = () => [
    'up',
    join(example, 'contracts'),
    '--values',
    valuesFile(),
    '--values',
    `billing=${join(example, 'billing.env')}`,
    '--json',
  ];
  const report = (stdout: string) => JSON.parse(stdout) as BootstrapReport;

  async function serverState() {
    const stateDir = join(installation.stateDir, installation.environment);
    const [state, server] = await Promise.all([readIdentityState(stateDir), readServer(stateDir)]);
    const { clientId, clientSecret } = state?.identities.seeder ?? {};
    const session = await login(new InfisicalHttp(server?.address ?? ''), {
      clientId: clientId ?? '',
      clientSecret: clientSecret ?? new Secret(''),
    });
    const scope = { projectId: state?.projectId ?? '', environment: installation.environment };
    const secrets = await listSecrets(session, scope);
    return secrets.map(({ folder, key, version }) => `${folder}/${key} ${version}`).sort();
  }

  const containers = () =>
    installation
      .docker(
        'ps',
        '-a',
        '--no-trunc',
        '--format',
        '{{.ID}} {{.Names}}',
        '--filter',
        `label=onex.environment=${installation.environment}`,
      )
      .split('\n')
      .sort();

  it(
    'brings everything up from nothing, and the second run changes nothing',
    async () => {
      const values = readFileSync(join(example, 'values.env'), 'utf8');
      writeFileSync(
        valuesFile(),
        values.replace(/^(QDRANT_API_KEY|CHAT_BOT_TOKEN)=.*$/gm, `$1=${canary}-$1`),
      );
      const first = await installation.run(...args());
      expectExit(0, first);
      expect(report(first.stdout)).toMatchObject({ outcome: 'complete' });
      expect(report(first.stdout).runtime).toMatchObject([{ name: 'greeter', proof: 'proven' }]);
      const [ids, versions] = [containers(), await serverState()];
      expect(versions).toContain('/shared/database/POSTGRES_PASSWORD 1');

      const second = await installation.run(...args());
      expect(second.code).toBe(0);
      expect(report(second.stdout)).toMatchObject({ outcome: 'complete', changes: { count: 0 } });
      expect(containers()).toEqual(ids);
      expect(await serverState()).toEqual(versions);
    },
    TEN_MINUTES,
  );

  it('lets the environment win on the uncontrolled lane', () => {
    const nodes = readdirSync(nodesDir());
    const file = nodes.find((name) => name.includes('alert')) ?? '';
    const { values } = JSON.parse(readFileSync(join(nodesDir(), file), 'utf8'));
    expect(values.CHAT_CHANNEL_ID).toBe(environmentCanary);
    expect(values.CHAT_BOT_TOKEN).toBe(`${canary}-CHAT_BOT_TOKEN`);
  });

  const nodesDir = () => join(JSON.parse(installation.file('declaration.json')).nodesDir, 'all');

  it('shows no value in any history, log, inspect, process list or file that others can read', async () => {
    const secrets = readdirSync(join(installation.stateDir, installation.environment, 'secrets'));
    const kinds = Object.fromEntries(
      secrets
        .filter((name) => !['infisical_env', 'valkey_conf'].includes(name) && !name.startsWith('variables-'))
        .map((name) => [name, installation.file(join('secrets', name)).trim()]),
    );
    const admin = JSON.parse(installation.file('admin.json'));
    const { identities } = JSON.parse(installation.file('identity.json'));
    const values = {
      ...kinds,
      admin: admin.password,
      runtime: identities.runtime.clientSecret,
      seeder: identities.seeder.clientSecret,
      seeded: canary,
      digestKey: installation.file('digest-key').trim(),
    };
    const places: Record<string, string> = {
      histories: await installation.withClient(readHistories),
      inspect: installation.docker('inspect', 'OURS'),
      logs: ['postgres', 'valkey', 'infisical', 'greeter']
        .map((name) => installation.docker('logs', `onex-${installation.environment}-${name}-1`))
        .join('\n'),
      processes: readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => readIfThere(`/proc/${pid}/cmdline`))
        .join('\n'),
      ...readableFiles(installation.stateDir),
    };
    const hits = Object.entries(places).flatMap(([place, text]) =>
      Object.entries(values)
        .filter(([, value]) => text.includes(value as string))
        .map(([kind]) => `${kind} in ${place}`),
    );
    expect(hits).toEqual([]);
    // The search itself works: names are found where values are not.
    expect((places['histories'] ?? '').includes('CHAT_BOT_TOKEN')).toBe(true);
    expect((places['inspect'] ?? '').includes('POSTGRES_PASSWORD_FILE')).toBe(true);
  });

  it('gives no container more than it needs: its server has no capability, and can get none', () => {
    const containers = JSON.parse(installation.docker('inspect', 'OURS')) as {
      Name: string;
      HostConfig: { CapDrop: string[]; SecurityOpt: string[]; PidsLimit: number; Memory: number };
    }[];
    expect(containers).toHaveLength(4);
    for (const { Name, HostConfig } of containers) {
      const { CapDrop, SecurityOpt, PidsLimit, Memory } = HostConfig;
      expect([Name, CapDrop, SecurityOpt]).toEqual([Name, ['ALL'], ['no-new-privileges:true']]);
      expect([Name, PidsLimit > 0, Memory > 0]).toEqual([Name, true, true]);
      const status = installation.docker('exec', Name.slice(1), 'cat', '/proc/1/status');
      expect([Name, /^CapEff:\s*(\w+)$/m.exec(status)?.[1], /^Uid:\s*0/m.test(status)]).toEqual([
        Name,
        '0000000000000000',
        false,
      ]);
    }
  });

  it('runs with no input when it is started by hand, on whatever worker there is', async () => {
    const worker = installation.start('worker');
    while (!worker.output().includes('Ctrl-C stops it'))
      await new Promise((resolve) => setTimeout(resolve, 100));
    const result = await installation.withClient(async (client) => {
      const options = {
        taskQueue: 'onex-bootstrap',
        workflowId: 'by-hand',
        workflowRunTimeout: '2m',
      } as const;
      return client.workflow.execute('bootstrap', options) as Promise<BootstrapReport>;
    });
    expect(result).toMatchObject({ outcome: 'complete', environment: installation.environment });
    worker.child.kill('SIGINT');
    expect((await worker.ended).code).toBe(0);
  }, 180_000);

  it('plans key by key without a value, and tells what runs', async () => {
    const plan = await installation.run('plan');
    expect(plan.stdout).toMatch(/UNCHANGED\s+\/shared\/qdrant\/QDRANT_API_KEY/);
    expect(plan.stdout).not.toContain(canary);
    const full = await installation.run('report', '--json');
    expect(JSON.parse(full.stdout)).toMatchObject({ workflowId: expect.stringMatching(/^plan/) });
    expect(full.stdout).not.toContain(canary);
    const status = await installation.run('status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ up: true, run: { status: 'completed' } });
  }, 60_000);

  it('is refused to another state directory, whose passwords would not open the data', async () => {
    const ids = containers();
    const other = await Installation.create({
      ...installation.variables,
      ONEX_ENVIRONMENT: installation.environment,
    });
    const refused = await other.run(...args());
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`made in ${join(installation.stateDir, installation.environment)}`);
    const down = await other.run('down', '--volumes');
    expect(down.stderr).toMatch(/is still there, so it stays\. To take it down: ONEX_STATE_DIR=/);
    expect(containers()).toEqual(ids);
    await other.remove();
  }, 60_000);

  it('is uninstalled: lists first what that takes, and leaves nothing of it', async () => {
    const { environment, stateDir } = installation;
    const volumes = () => installation.docker('volume', 'ls', '-q', '--filter', `name=onex-${environment}_`);
    writeFileSync(join(stateDir, 'notes.txt'), 'not ours');
    await installation.run('plan', '-e', 'tried-only', '--infisical', 'http://127.0.0.1:1');
    const nodes = dirname(nodesDir());
    installation.variables['XDG_CONFIG_HOME'] = join(stateDir, 'config');
    expectExit(0, await installation.run('service', 'install', '--user'));
    const unit = join(stateDir, 'config', 'systemd', 'user', 'onex-bootstrap.service');
    const listed = await installation.run('uninstall');
    expectExit(0, listed);
    expect(listed.stdout).toContain(
      `takes  ${environment}: volume onex-${environment}_postgres, with its data\n`,
    );
    expect(listed.stdout).toContain(`takes  the systemd unit ${unit}\n`);
    expect(listed.stdout).toMatch(/stays {2}\S+notes.txt, which is not ours\n/);
    expect(listed.stdout).toMatch(/Nothing was removed.*onex-bootstrap uninstall --yes\n$/s);
    expect(volumes()).not.toBe('');

    const done = await installation.run('uninstall', '--yes', '--json');
    expectExit(0, done);
    expect(JSON.parse(done.stdout)).toMatchObject({ removed: true });
    expect([
      volumes(),
      installation.docker('ps', '-aq', '--filter', `label=onex.environment=${environment}`),
    ]).toEqual(['', '']);
    expect(existsSync(unit)).toBe(false);
    expect([
      existsSync(nodes),
      existsSync(join(stateDir, environment)),
      existsSync(join(stateDir, 'tried-only')),
      existsSync(join(stateDir, 'temporal')),
    ]).toEqual([false, false, false, false]);
    expect(readFileSync(join(stateDir, 'notes.txt'), 'utf8')).toBe('not ours');
  }, 120_000);
});
