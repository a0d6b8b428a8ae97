import { ApplicationFailure, Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCodecKeys } from '../../worker/sealing/codec-keys';
import { secretsPlugin } from '../../worker/sealing/secrets-plugin';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { FaultProxy } from '../support/fault-proxy';
import { Installation, type Running, expectExit } from '../support/installation';
import { dumpEverything, formsOf } from '../worker/sealing/dump';
import type { failWith, readAll } from './reading-workflows';

const canary = 'canary-of-kafka-acks-51f0';
const NAME = '/shared/kafka/KAFKA_ACKS';
const example = join(__dirname, '..', '..', 'examples', 'onex');

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

describe('reading for workflows', () => {
  let infisical: DevInfisical;
  let proxy: FaultProxy;
  let installation: Installation;
  let worker: Running;
  let user: Awaited<ReturnType<typeof startUser>>;

  beforeAll(async () => {
    infisical = await startDevInfisical();
    proxy = await FaultProxy.start(infisical.url);
    installation = await Installation.create({
      ONEX_BREAKER_THRESHOLD: '1',
      ONEX_BREAKER_RESET_SECONDS: '2',
      ONEX_CACHE_TTL_SECONDS: '0',
    });
    const values = readFileSync(join(example, 'values.env'), 'utf8').replace(
      /^KAFKA_ACKS=.*$/m,
      `KAFKA_ACKS=${canary}`,
    );
    writeFileSync(join(installation.stateDir, 'values.env'), values);
    const billing = `billing=${join(example, 'billing.env')}`;
    const up = await installation.run(
      ...['up', join(example, 'contracts'), '--values', 'values.env', '--values', billing],
      ...['--infisical', proxy.address],
    );
    expectExit(0, up);
    worker = await startWorker();
    user = await startUser(installation);
  }, 180_000);
  afterAll(async () => {
    await user?.stop();
    worker?.child.kill('SIGINT');
    await worker?.ended;
    await installation.run('down');
    await installation.remove();
    await proxy.stop();
    await infisical.stop();
  }, 60_000);

  async function startWorker(): Promise<Running> {
    const started = installation.start('worker');
    while (!started.output().includes('Ctrl-C stops it')) await sleep(100);
    return started;
  }

  const execute = <T extends typeof readAll | typeof failWith>(type: string) =>
    user.client.workflow.execute<T>(type, {
      taskQueue: user.taskQueue,
      workflowId: `${type}-${randomUUID()}`,
      args: [NAME] as never,
      workflowRunTimeout: '90s',
    });

  it('hands a user’s workflow Secrets on the product’s queue', async () => {
    const result = await execute<typeof readAll>('readAll');
    expect(result).toMatchObject({ length: canary.length, same: true, source: 'infisical' });
    expect(result.value.reveal()).toBe(canary);
    expect(result.secret_keys).toContain('KAFKA_ACKS');
    expect(result.errors).toEqual({ NONE: 'SecretResolutionError: not found in /' });
  }, 60_000);

  it('lets Temporal do the waiting in an outage: few attempts, then the value', async () => {
    await proxy.refuse();
    const running = execute<typeof readAll>('readAll');
    await sleep(5_000);
    await proxy.clear();
    expect(await running).toMatchObject({ same: true });
    const accesses = audit().filter(({ outcome }) => outcome === 'failed');
    expect(accesses.length).toBeGreaterThan(1);
    expect(accesses.length).toBeLessThan(6); // the SDK's own retries alone would be more
    expect(accesses.some(({ error }) => error === 'InfraUnavailableError')).toBe(true); // the open breaker
  }, 90_000);

  it('audits who asked: workflow, run and activity', () => {
    const record = audit().find(
      ({ outcome, operation }) => outcome === 'served' && operation === 'infisical.get_secret',
    );
    expect(record).toMatchObject({
      path: '/shared/kafka',
      key: 'KAFKA_ACKS',
      workflow: expect.stringMatching(/^readAll-/),
      run: expect.any(String),
      activity: expect.any(String),
      attempt: 1,
    });
  });

  it('shows no value in any history, log or audit, not even where a workflow fails with it', async () => {
    const failed: unknown = await execute<typeof failWith>('failWith').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(WorkflowFailedError);
    const { text } = await dumpEverything(user.client, failed);
    const shown = [text, worker.output(), readFileSync(auditFile(), 'utf8')].join('\n');
    expect(formsOf(canary).filter((form) => shown.includes(form))).toEqual([]);
    expect(shown).toContain('KAFKA_ACKS'); // the search works
  }, 60_000);

  it('refuses to hand out values where no key would seal them, and names the setting', async () => {
    worker.child.kill('SIGINT');
    await worker.ended;
    installation.variables['TEMPORAL_ADDRESS'] = installation.temporalAddress;
    worker = await startWorker();
    const error: unknown = await execute<typeof readAll>('readAll').catch((thrown: unknown) => thrown);
    const cause = (error as { cause?: { cause?: unknown } }).cause?.cause;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect(cause).toMatchObject({
      type: 'MissingPrerequisite',
      message: expect.stringContaining('ONEX_CODEC_KEY_FILE'),
    });
    delete installation.variables['TEMPORAL_ADDRESS'];
  }, 60_000);

  const auditFile = () => join(installation.stateDir, 'audit.log');
  const audit = () =>
    readFileSync(auditFile(), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
});

/** A user's own worker and client, with the product's plugin and the embedded server's keys. */
async function startUser(installation: Installation) {
  const address = installation.temporalAddress;
  const plugins = [
    secretsPlugin({ keys: await readCodecKeys(join(installation.stateDir, 'temporal', 'codec-keys')) }),
  ];
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const client = new Client({ connection, plugins });
  const taskQueue = 'user';
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    plugins,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: join(__dirname, 'reading-workflows.ts'),
      logger: new DefaultLogger('ERROR'),
      plugins,
    }),
  });
  const running = worker.run();
  return {
    client,
    taskQueue,
    stop: async () => {
      worker.shutdown();
      await running;
      await native.close();
      await connection.close();
    },
  };
}
