import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environmentQueue, TASK_QUEUE } from '../../contracts/core/names';
import type { SeedResult } from '../../workflows/seed-secrets';
import { borrow } from '../support/borrow';
import { Installation, type Running } from '../support/installation';

const MINUTES = 180_000;
const RUNS = 10;
const root = join(__dirname, '..', '..');
const SAME = 'same'; // declared by both
const NODES = { 'host-a': 11, 'host-b': 1 };

interface Host {
  name: keyof typeof NODES;
  /** Declared by this one alone. */
  own: string;
  installation: Installation;
  worker: Running;
}

/** Nothing here needs an engine: a plan against an Infisical that is not there yet. */
describe('two installations with one Temporal server', () => {
  const hosts: Host[] = [];
  let client: Client;

  beforeAll(async () => {
    const { address = '', namespace = '' } = (await borrow('temporal')) ?? {};
    client = new Client({ connection: await Connection.connect({ address }), namespace });
    for (const name of ['host-a', 'host-b'] as const) {
      const temporal = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
      const installation = await Installation.create({ ONEX_HOST: name, ...temporal });
      const own = `of-${name}`;
      for (const environment of [own, SAME])
        expect(
          (await installation.run('declare', ...declared(installation, name), '-e', environment)).code,
        ).toBe(0);
      const worker = installation.start('worker');
      await worker.says('Ctrl-C stops it');
      hosts.push({ name, own, installation, worker });
    }
  }, MINUTES);
  afterAll(async () => {
    for (const { worker } of hosts) worker.child.kill('SIGINT');
    await Promise.all(hosts.map(({ worker }) => worker.ended));
    await client.connection.close();
    for (const { own, installation } of hosts.reverse()) {
      await installation.run('down', '-e', own);
      await installation.remove();
    }
  }, MINUTES);

  /** Contracts and a stack file of its own: a single node on host-b. */
  function declared({ stateDir }: Installation, name: Host['name']): string[] {
    const [contracts, stack] = [join(stateDir, 'contracts'), join(stateDir, `${name}.yml`)];
    const from = name === 'host-a' ? '' : 'node_alert_effect';
    cpSync(join(root, 'examples', 'onex', 'contracts', from), contracts, { recursive: true });
    writeFileSync(stack, readFileSync(join(root, 'docker-compose.yml'), 'utf8'));
    return [contracts, '--stack', stack];
  }

  const installationOf = ({ name, installation: { stateDir } }: Host) =>
    `${name}-${readFileSync(join(stateDir, 'installation'), 'utf8').trim()}`;

  async function runs(host: Host, environment: string, taskQueue: string) {
    const started = Array.from({ length: RUNS }, (_, index) =>
      client.workflow.start<(input: object) => Promise<SeedResult>>('seedSecrets', {
        taskQueue,
        workflowId: `${host.name}/${environment}/${index}`,
        args: [{ environment, dryRun: true }],
      }),
    );
    return Promise.all(
      started.map(async (starting) => {
        const handle = await starting;
        const { contracts } = await handle.result();
        const { events } = await handle.fetchHistory();
        const steps = (events ?? []).flatMap(({ activityTaskStartedEventAttributes: step }) => step ?? []);
        return { nodes: contracts.nodes, by: steps.map(({ identity }) => identity?.split(' of ')[1]) };
      }),
    );
  }

  it.each([
    ['named runs on the common queue', (host: Host) => [host.own, TASK_QUEUE]],
    [
      'runs of one name on the queue of each',
      (host: Host) => [SAME, environmentQueue(SAME, installationOf(host))],
    ],
  ])(
    '%s are done by the host that is meant, all of them',
    async (_what, where) => {
      const all = await Promise.all(
        hosts.map((host) => {
          const [environment = '', queue = ''] = where(host);
          return runs(host, environment, queue);
        }),
      );
      hosts.forEach((host, index) => {
        const of = installationOf(host);
        // where it is, the contracts, the plan
        const one = { nodes: NODES[host.name], by: [of, of, of] };
        expect(all[index]).toEqual(Array.from({ length: RUNS }, () => one));
      });
    },
    MINUTES,
  );

  it(
    'a run that names no environment is refused with the names of both',
    async () => {
      const failed = client.workflow.execute('bootstrap', { taskQueue: TASK_QUEUE, workflowId: 'unnamed' });
      await expect(failed).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/several hosts .*host-a-.*host-b-.*name the environment/) },
      });
    },
    MINUTES,
  );

  it(
    'an environment that both declare belongs to the one whose run was first, also where runs are started by hand',
    async () => {
      const owners = new Set<string>();
      const refusals: string[] = [];
      for (let run = 0; run < 12; run++) {
        const handle = await client.workflow.start('bootstrap', {
          ...{ taskQueue: TASK_QUEUE, workflowId: `bootstrap/${SAME}`, args: [{ environment: SAME }] },
        });
        // it is known whose it is: what it needs further is not here
        const { memo } = await described(
          handle,
          ({ memo: now, closed }) => now['installation'] !== undefined || closed,
        );
        if (typeof memo['installation'] === 'string') owners.add(memo['installation']);
        const ended = handle.result().catch((error: Error) => refusals.push(String(error.cause)));
        if (typeof memo['installation'] === 'string') await handle.terminate();
        await ended;
      }
      const told = refusals.filter((text) => text.includes('belongs to the installation'));
      expect({ owners: owners.size, told: told.length > 0 }).toEqual({ owners: 1, told: true });

      const [owner = ''] = owners;
      const other = hosts.find((host) => installationOf(host) !== owner);
      const refused = await other?.installation.run('up', '-e', SAME);
      expect(refused?.code).toBe(1);
      expect(refused?.stderr).toMatch(
        new RegExp(
          `${SAME} in the Temporal namespace .* belongs to the installation ${owner}, .*--take-over`,
        ),
      );
    },
    MINUTES,
  );

  async function described(
    handle: WorkflowHandle,
    until: (now: { memo: Record<string, unknown>; closed: boolean }) => boolean,
  ) {
    for (;;) {
      const { memo = {}, closeTime } = await handle.describe();
      if (until({ memo, closed: closeTime !== undefined })) return { memo };
      await sleep(50);
    }
  }
});
