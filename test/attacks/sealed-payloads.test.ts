import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Secret } from '../../contracts/core/secret';
import { CodecKeys } from '../../worker/sealing/codec-keys';
import { secretsPlugin } from '../../worker/sealing/secrets-plugin';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import type { child } from '../worker/sealing/fixture-workflows';

/** Who may write to a namespace, and has no key: copies sealed payloads to where a worker opens them and tells. */
describe('a sealed payload that somebody copied', () => {
  const canary = `canary-${randomBytes(8).toString('hex')}`;
  const taskQueue = 'sealed';
  const plugins = [secretsPlugin({ keys: new CodecKeys([['k1', randomBytes(32)]]) })];
  let temporal: TestTemporal;

  beforeAll(async () => void (temporal = await startTestTemporal()));
  afterAll(() => temporal.stop());

  it('is opened by no workflow under another id', async () => {
    const { namespace } = temporal.client.options;
    const connection = await Connection.connect({ address: temporal.address });
    const native = await NativeConnection.connect({ address: temporal.address });
    const owner = new Client({ connection, namespace, plugins });
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: join(__dirname, '..', 'worker', 'sealing', 'fixture-workflows.ts'),
      plugins,
      logger: new DefaultLogger('ERROR'),
    });
    const worker = await Worker.create({ connection: native, namespace, taskQueue, workflowBundle, plugins });
    const run = async () => {
      const args: Parameters<typeof child> = [{ name: 'DB_PASSWORD', value: new Secret(canary) }];
      const own = await owner.workflow.start<typeof child>('child', { taskQueue, workflowId: 'own', args });
      expect((await own.result()).value.reveal()).toBe(canary);
      const history = await own.fetchHistory();
      const input = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input;
      const start = (workflowId: string) =>
        connection.workflowService.startWorkflowExecution({
          ...{ namespace, workflowId, requestId: workflowId, input: input ?? null },
          ...{ taskQueue: { name: taskQueue }, workflowType: { name: 'child' } },
        });
      await start('stolen');
      const stolen = owner.workflow.getHandle('stolen');
      // its first task fails, since its input stays closed
      for (;;) {
        const { events } = await stolen.fetchHistory();
        const failed = events?.find((event) => event.workflowTaskFailedEventAttributes);
        if (failed !== undefined) break;
        expect(events?.some((event) => event.workflowExecutionCompletedEventAttributes)).toBe(false);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await stolen.terminate();
      // the same under its own id opens: it is the id that counts
      await start('own');
      expect(((await owner.workflow.getHandle('own').result()) as { value: Secret }).value.reveal()).toBe(
        canary,
      );
    };
    await worker.runUntil(run);
    await native.close();
    await connection.close();
  }, 60_000);
});
