import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Installation, type Running } from '../support/installation';

const NOBODY = 'http://127.0.0.1:1'; // nothing of this installation is ever contacted

/** Every file of the installation but those that any step may touch: the lease and Temporal's own. */
function filesIn(root: string): string[] {
  return (readdirSync(root, { recursive: true }) as string[])
    .filter(
      (name) => !/^temporal|writer\.|\.lock|^tools|^cache/.test(name) && statSync(join(root, name)).isFile(),
    )
    .sort();
}

describe('whoever reaches the Temporal server, with payloads forged by hand,', () => {
  let installation: Installation;
  let product: Running;
  let client: Client;
  let stop: () => Promise<void>;
  let queue: string;
  let digest: string;
  let before: string[];
  const elsewhere = mkdtempSync(join(tmpdir(), 'onex-elsewhere-'));

  beforeAll(async () => {
    installation = await Installation.create();
    const { environment, stateDir } = installation;
    const declared = await installation.run('declare', '--infisical', NOBODY, '--json');
    digest = (JSON.parse(declared.stdout) as { digest: string }).digest;
    product = installation.start('worker');
    await product.says('Ctrl-C stops it');
    const hostAndId = /\S+@(\S+-[0-9a-f]{6})/;
    const address = installation.temporalAddress;
    const connection = await Connection.connect({ address });
    const native = await NativeConnection.connect({ address });
    client = new Client({ connection });
    const bundle = await bundleWorkflowCode({
      workflowsPath: join(__dirname, 'forging-workflows.ts'),
      logger: new DefaultLogger('ERROR'),
    });
    const worker = await Worker.create({ connection: native, taskQueue: 'rogue', workflowBundle: bundle });
    const running = worker.run();
    stop = async () => {
      worker.shutdown();
      await running;
      await native.close();
      await connection.close();
    };
    const id = readFileSync(join(stateDir, 'installation'), 'utf8');
    const pollers = await client.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name: 'onex-bootstrap' },
      taskQueueType: 1,
    });
    const identity = pollers.pollers?.[0]?.identity ?? '';
    expect(identity).toContain(id);
    queue = `onex-bootstrap/${environment}@${/ of (\S+)$/.exec(identity)?.[1]}`;
    expect(queue).toMatch(hostAndId);
    before = filesIn(stateDir);
  }, 120_000);
  afterAll(async () => {
    await stop?.();
    product?.child.kill('SIGTERM');
    await product?.ended;
    await installation.remove();
    rmSync(elsewhere, { recursive: true, force: true });
  }, 60_000);
  afterEach(() => {
    expect(filesIn(installation.stateDir)).toEqual(before);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  const ref = (over: object = {}) => ({
    environment: installation.environment,
    declaration: digest,
    dryRun: true, // another step of a run that holds the lease would only be told to wait
    overwrite: false,
    ...over,
  });
  const forged = (activity: string, ...args: unknown[]) =>
    client.workflow
      .execute('forge', {
        taskQueue: 'rogue',
        workflowId: `forge-${Math.random()}`,
        args: [queue, activity, args],
      })
      .then(
        (result) => ({ result }),
        (error: { cause?: { cause?: { type?: string; message?: string } } }) => error.cause?.cause ?? error,
      );

  it.each([
    ['another folder for the environment', 'readStack', () => [ref({ environment: '../../etc' })]],
    ['a stack file', 'readStack', () => [ref({ stackFile: '/etc/passwd' })]],
    ['no reference at all', 'ensureIdentities', () => ['http://127.0.0.1:9']],
    ['a folder for node files', 'prefetchNodes', () => [ref({ nodesDir: elsewhere })]],
    ['a path as a plan', 'applySeed', () => [ref(), '../../../etc/passwd']],
    ['another environment than the queue’s', 'readRequirements', () => [ref({ environment: 'other' })]],
    ['a name that every object has as a service', 'ensureService', () => [ref(), 'constructor']],
    ['a command in place of a service', 'startRuntime', () => [ref(), { image: 'x', command: ['sh'] }]],
  ])('gets nothing for %s', async (_what, activity, args) => {
    expect(await forged(activity, ...args())).toMatchObject({ type: 'BadInput' });
  });

  it('gets nothing by a declaration that is not in force', async () => {
    const other = ref({ declaration: 'a'.repeat(64), dryRun: false });
    expect(await forged('planSeed', other)).toMatchObject({
      type: 'DeclarationChanged',
    });
  });

  it.each([
    ['a path', { stackFile: '/etc/passwd' }, /stackFile/],
    ['contracts', { contracts: ['/root'] }, /contracts/],
    ['an address', { infisical: 'http://127.0.0.1:9' }, /infisical/],
    ['a host', { host: 'h2' }, /host/],
    ['a misspelt choice', { dryrun: true }, /dryrun[\s\S]*dryRun/],
    ['a wrong type', { overwrite: 'yes' }, /overwrite/],
    ['no object', 'dev', /input/],
  ])('starts no run with %s in its input', async (_what, input, message) => {
    const run = client.workflow.execute('bootstrap', {
      taskQueue: 'onex-bootstrap',
      workflowId: `forged-${Math.random()}`,
      args: [input],
    });
    await expect(run).rejects.toMatchObject({
      cause: { type: 'BadInput', message: expect.stringMatching(message) },
    });
  });
});
