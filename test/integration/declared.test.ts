import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { BootstrapReport } from '../../contracts/run/summaries';
import type { Declaration } from '../../environment/declaration';
import { Installation, expectExit } from '../support/installation';

const MINUTES = 300_000; // images may have to be built
const root = join(__dirname, '..', '..');
const example = join(root, 'examples', 'onex');
const values = ['--values', join(example, 'values.env'), '--values', `billing=${example}/billing.env`];

/** One installation from its first worker to its end; each test goes on where the one before ended. */
describe('an environment that its host knows', () => {
  let installation: Installation;
  let contracts: string;
  let stack: string;

  beforeAll(async () => {
    installation = await Installation.create();
    contracts = join(installation.stateDir, 'contracts');
    cpSync(join(example, 'contracts'), contracts, { recursive: true });
    stack = join(installation.stateDir, 'no-greeter.yml');
    const whole = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    writeFileSync(stack, whole.replace(/\n {2}greeter:\n[^]*?\n(?=volumes:)/, '\n'));
  });
  afterAll(() => installation.remove(), MINUTES);

  const containers = () =>
    installation
      .docker('ps', '-aq', '--no-trunc', '--filter', `label=onex.environment=${installation.environment}`)
      .split('\n')
      .sort();
  const declaration = () => JSON.parse(installation.file('declaration.json')) as Declaration;
  const nodeFiles = () => readdirSync(join(declaration().nodesDir, 'all')).sort();
  const contractOf = (node: string) => join(contracts, node, 'contract.yaml');
  const up = async (...args: string[]) => {
    const { code, stdout } = await installation.run('up', ...args, '--json');
    return { code, report: JSON.parse(stdout) as BootstrapReport };
  };

  it(
    'is declared by the first worker of a machine, and a run with no input does the whole thing',
    async () => {
      const worker = installation.start('worker');
      await worker.says('Ctrl-C stops it');
      expect(worker.output()).toContain(`${installation.environment} declared, for the first time`);
      const start = await installation.run(
        ...['temporal', 'workflow', 'start', '--type', 'bootstrap', '--task-queue', 'onex-bootstrap'],
        ...['--workflow-id', 'no-input'],
      );
      expectExit(0, start);
      const result = await installation.withClient((client) =>
        client.workflow.getHandle('no-input').result(),
      );
      expect(result).toMatchObject({
        outcome: 'complete',
        environment: installation.environment,
        runtime: [{ name: 'greeter', proof: 'proven' }],
      });
      worker.child.kill('SIGINT');
      expect((await worker.ended).code).toBe(0);
    },
    MINUTES,
  );

  it(
    '`declare` writes what it is told, says what that changes, and starts nothing',
    async () => {
      const runs = () => installation.withClient(({ workflow }) => workflow.count());
      const [ids, { count }] = [containers(), await runs()];
      const { code, stdout } = await installation.run('declare', contracts, ...values, '--json');
      expect(code).toBe(0);
      const changed = expect.stringMatching(
        /^contracts: .*examples\/onex\/contracts → .*state-.*\/contracts$/,
      );
      expect(JSON.parse(stdout)).toMatchObject({ changes: expect.arrayContaining([changed]) });
      expect(declaration()).toMatchObject({ contracts: [contracts] });
      expect(containers()).toEqual(ids);
      expect((await runs()).count).toBe(count);
    },
    MINUTES,
  );

  it(
    'is what every command without flags acts on',
    async () => {
      expect(await up('--stack', stack)).toMatchObject({ code: 0, report: { outcome: 'complete' } });
      const status = await installation.run('status', '--json');
      const services = [{ name: 'postgres' }, { name: 'valkey' }, { name: 'infisical' }];
      expect(JSON.parse(status.stdout)).toMatchObject({ up: true, services });
      const plan = await installation.run('plan', '--json');
      expect(JSON.parse(plan.stdout)).toMatchObject({ outcome: 'in step', contracts: { files: 12 } });
      expect(declaration()).toMatchObject({ contracts: [contracts], infrastructure: { file: stack } });
    },
    MINUTES,
  );

  it(
    'is the only one: another name is refused with those that are declared',
    async () => {
      for (const command of ['status', 'plan', 'report', 'down']) {
        const { code, stderr } = await installation.run(command, '-e', 'never');
        expect({ command, code, stderr }).toMatchObject({
          code: 2,
          stderr: expect.stringContaining(
            `never was never declared in ${installation.stateDir} (those that are: `,
          ),
        });
        expect(stderr).toContain(installation.environment);
      }
    },
    MINUTES,
  );

  it(
    'is up in part where a contract cannot be read: what its node was given stays',
    async () => {
      const before = nodeFiles();
      const whole = readFileSync(contractOf('node_alert_effect'), 'utf8');
      writeFileSync(contractOf('node_alert_effect'), 'name: [\n');
      const { code, report } = await up();
      expect({ code, report }).toMatchObject({
        code: 4,
        report: {
          outcome: 'partial',
          contracts: { problems: { count: 1, first: [expect.stringContaining('node_alert_effect')] } },
          nodes: { kept: { first: ['node_alert_effect'] }, removed: { count: 0 } },
        },
      });
      expect(nodeFiles()).toEqual(before);
      writeFileSync(contractOf('node_alert_effect'), whole);

      rmSync(contractOf('node_payment_effect'));
      const removed = 'removed the configuration of node_payment_effect';
      expect(await up()).toMatchObject({ code: 0, report: { changes: { count: 1, first: [removed] } } });
      expect(nodeFiles()).toEqual(before.filter((name) => !name.includes('node_payment_effect')));
    },
    MINUTES,
  );

  it(
    'keeps every node’s configuration where the only contract cannot be read',
    async () => {
      const before = nodeFiles();
      const unreadable = join(installation.stateDir, 'unreadable');
      mkdirSync(unreadable);
      writeFileSync(join(unreadable, 'contract.yaml'), 'name: [\n');
      const { code, report } = await up(unreadable);
      expect({ code, report }).toMatchObject({ code: 4, report: { changes: { count: 0 } } });
      expect(report.nodes?.kept.count).toBe(before.length);
      expect(nodeFiles()).toEqual(before);
    },
    MINUTES,
  );

  it(
    '`down` removes all that is of the environment, also where its stack file is gone',
    async () => {
      renameSync(stack, `${stack}.away`);
      const down = await installation.run('down', '--json');
      expect(JSON.parse(down.stdout)).toMatchObject({ temporalStopped: true });
      expect(containers()).toEqual(['']);
      expect(existsSync(join(installation.stateDir, installation.environment, 'declaration.json'))).toBe(
        true,
      );
    },
    MINUTES,
  );
});
