import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { TASK_QUEUE } from '../../contracts/core/names';
import type { GetSecretResult } from '../../contracts/reads/read-result';
import { ensureCodecKeys } from '../../worker/sealing/codec-keys';
import { secretsPlugin } from '../../worker/sealing/secrets-plugin';
import { Installation, type Running } from '../support/installation';
import { freePort } from '../support/local-services';
import { startReadingWorlds } from './reading-world';

const MINUTE = 60_000;
const value = 'c@nary-of-metrics';

/** The built worker with ONEX_METRICS_ADDRESS, and activities that a client starts on its queue. */
describe('the metrics of a worker that reads secrets', () => {
  let worlds: Awaited<ReturnType<typeof startReadingWorlds>>;
  let installation: Installation;
  let worker: Running;
  let connection: Connection;
  let client: Client;
  let execute: <R>(activity: string, request: object) => Promise<R>;
  let address: string;

  beforeAll(async () => {
    worlds = await startReadingWorlds();
    const { settings, write } = await worlds.world('current');
    await write('/shared/kafka', { KAFKA_PASSWORD: value });
    address = `127.0.0.1:${await freePort()}`;
    installation = await Installation.create({
      ONEX_METRICS_ADDRESS: address,
      INFISICAL_ADDR: settings.host,
      INFISICAL_CLIENT_ID: settings.client_id,
      INFISICAL_CLIENT_SECRET: secretOf(settings.client_secret),
      INFISICAL_PROJECT_ID: settings.project_id,
    });
    worker = installation.start('worker');
    const keysFile = join(installation.stateDir, 'temporal', 'codec-keys');
    await until(() => existsSync(keysFile) && worker.output().includes('Ctrl-C stops it'));
    connection = await Connection.connect({ address: installation.temporalAddress });
    const plugins = [secretsPlugin({ keys: await ensureCodecKeys(keysFile) })];
    client = new Client({ connection, plugins });
    execute = (activity, request) =>
      client.activity.execute(activity, {
        id: randomUUID(),
        taskQueue: TASK_QUEUE,
        startToCloseTimeout: '20s',
        retry: { maximumAttempts: 1 },
        args: [{ environment_slug: 'dev', secret_path: '/shared/kafka', ...request }],
      });
  }, 2 * MINUTE);
  afterAll(async () => {
    await connection?.close();
    worker?.child.kill('SIGTERM');
    await worker?.ended;
    await installation?.run('down'); // stops its Temporal server
    await installation?.remove();
    await worlds?.stop();
  }, MINUTE);

  it(
    'are served as Prometheus text, without a value or the name of a key',
    async () => {
      for (let read = 0; read < 2; read++) {
        const result = await execute<GetSecretResult>('infisical.get_secret', {
          secret_name: 'KAFKA_PASSWORD',
        });
        expect(result.value.reveal()).toBe(value);
      }
      await execute('infisical.get_secrets_batch', { secret_names: ['KAFKA_PASSWORD', 'KAFKA_USER'] });
      await execute('infisical.list_secrets', {});
      const unknown = execute('infisical.get_secret', { secret_name: 'KAFKA_NONE' });
      await expect(unknown).rejects.toThrow();

      const text = await (await fetch(`http://${address}/metrics`)).text();
      const samples = Object.fromEntries(
        [...text.matchAll(/^(onex_secret_.+) (\S+)$/gm)].map(([, name, count]) => [name, Number(count)]),
      );
      expect(samples).toEqual({
        onex_secret_cache_hits: 2,
        onex_secret_cache_misses: 3,
        onex_secret_cache_entries: 3,
        onex_secret_fetches: 4,
        onex_secret_breaker_open: 0,
        onex_secret_token_days_left: expect.closeTo(1, 1),
        [reads('infisical.get_secret', 'served')]: 2,
        [reads('infisical.get_secret', 'not found')]: 1,
        [reads('infisical.get_secrets_batch', 'served')]: 1,
        [reads('infisical.get_secrets_batch', 'not found')]: 1,
        [reads('infisical.list_secrets', 'served')]: 1,
      });
      for (const hidden of [value, 'KAFKA', 'kafka']) expect(text).not.toContain(hidden);
    },
    MINUTE,
  );

  it(
    'are served by it alone: other commands go on beside it, another worker is told whose port it is',
    async () => {
      const another = await installation.run('worker');
      expect(another.code).toBe(3);
      expect(another.stderr).toContain(`Metrics cannot be served on ${address} (ONEX_METRICS_ADDRESS)`);
      const plan = await installation.run('plan');
      expect(plan.stderr).not.toContain('Metrics cannot be served');
      expect(plan.stdout + plan.stderr).toContain('Plan');
    },
    MINUTE,
  );

  it(
    'count runs by their outcomes, and show how each environment is',
    async () => {
      const workflowId = `seed/${randomUUID()}`;
      const args = [{ environment: installation.environment, dryRun: true }];
      await client.workflow.execute('seedSecrets', { workflowId, taskQueue: TASK_QUEUE, args });
      const text = await (await fetch(`http://${address}/metrics`)).text();
      const value = (name: string, ...tags: string[]) => {
        const all = [`environment="${installation.environment}"`, ...tags];
        const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
        return Number(
          lines
            .find((line) => all.every((tag) => line.includes(tag)))
            ?.split(' ')
            .at(-1),
        );
      };
      expect(value('onex_runs', 'outcome="changes pending"', 'workflowType="seedSecrets"')).toBe(1);
      expect(value('onex_run_seconds_count', 'outcome="changes pending"', 'workflowType="seedSecrets"')).toBe(
        1,
      );
      expect(value('onex_state_disk_free_bytes')).toBeGreaterThan(0);
      expect(value('onex_open_run_start_timestamp_seconds')).toBe(0);
      const at = value('onex_gauges_read_timestamp_seconds', 'source="run"');
      expect(Math.abs(Date.now() / 1000 - at)).toBeLessThan(60);
    },
    MINUTE,
  );
});

const reads = (operation: string, outcome: string) =>
  `onex_secret_reads{operation="${operation}",outcome="${outcome}"}`;

const secretOf = (secret: string | { reveal(): string }) =>
  typeof secret === 'string' ? secret : secret.reveal();

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + MINUTE; Date.now() < end; await sleep(50)) if (condition()) return;
  throw new Error('the worker did not start');
}
