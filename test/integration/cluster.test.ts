import type { Client } from '@temporalio/client';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client as Database } from 'pg';
import {
  bootstrapWorkflowId,
  hostWorkflowId,
  installationIn,
  lookupQueue,
  TASK_QUEUE,
} from '../../contracts/core/names';
import type { BootstrapReport } from '../../contracts/run/summaries';
import { parseEnvValues } from '../../contracts/values';
import { installationOf } from '../../environment/process-identity';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { NAMESPACE, startGuardedTemporal, type GuardedTemporal } from '../support/guarded-temporal';
import { FleetMember } from '../support/fleet-member';
import { expectExit } from '../support/installation';
import { everyHistory, historyOf } from '../support/runs';
import { temporalSchema, temporalServer } from '../support/temporal-server';
import { postgresStores } from '../support/temporal-stores';

const MINUTES = 300_000;
const binary = temporalServer();
const schema = binary && temporalSchema();
const example = join(__dirname, '..', '..', 'examples', 'onex');
const ENVIRONMENT = 'storm';
const CLASSES = { laptop: '1', server: 'all' };
const SLOW = { kind: 'slow headers', milliseconds: 3_000 } as const;
const STARTED = 2; // temporal.api.enums.v1.PendingActivityState
const WORKFLOWS = 1; // temporal.api.enums.v1.TaskQueueType
// of all partitions of a queue
const EVERY_POLLER = { apiMode: 1, taskQueueTypes: [WORKFLOWS], reportPollers: true };

(schema === undefined ? describe.skip : describe)('a fleet at a Temporal with Postgres and mTLS', () => {
  let stores: Awaited<ReturnType<typeof postgresStores>>;
  let temporal: GuardedTemporal;
  let client: Client;
  let infisical: DevInfisical;
  let contracts: string;
  let home: FleetMember;
  let laptop: FleetMember;
  let server: FleetMember;

  beforeAll(async () => {
    stores = await postgresStores(schema ?? '');
    temporal = await startGuardedTemporal(binary ?? '', stores);
    client = await temporal.client();
    infisical = await startDevInfisical();
    const ways = { temporal, infisical: infisical.url };
    home = await FleetMember.create('home', ENVIRONMENT, ways);
    contracts = join(home.installation.stateDir, 'contracts');
    for (const node of ['node_payment_effect', 'node_alert_effect'])
      cpSync(join(example, 'contracts', node), join(contracts, node), { recursive: true });
    mkdirSync(join(contracts, 'overlays'));
    for (const [name, acks] of Object.entries(CLASSES))
      writeFileSync(join(contracts, 'overlays', `${name}.yaml`), `overrides: { KAFKA_ACKS: "${acks}" }\n`);
    const values = [join(example, 'values.env'), `billing=${join(example, 'billing.env')}`];
    const up = [
      'up',
      contracts,
      ...values.flatMap((value) => ['--values', value]),
      '--infisical',
      home.infisical.address,
      '--accept-hosts',
    ];
    expectExit(0, await home.installation.run(...up));
    // with an environment of their own they serve the queue of runs without a place, as the home does
    laptop = await FleetMember.create('laptop', 'of-laptop', ways);
    server = await FleetMember.create('server', 'of-server', ways);
    await Promise.all([home, laptop, server].map((member) => member.work()));
    const joins = ({ name, infisical: { address }, installation }: FleetMember, ...serves: string[]) =>
      installation.run(
        ...['join', contracts, '-e', ENVIRONMENT, '--machine-class', name],
        ...['--infisical', address, ...serves],
      );
    for (const joined of await Promise.all([joins(laptop, '--serve', 'billing'), joins(server)]))
      expectExit(0, joined);
    cpSync(join(example, 'contracts'), contracts, { recursive: true }); // what is to be seeded below
  }, MINUTES);
  afterAll(async () => {
    await client?.connection.close();
    await Promise.all([home, laptop, server].map((member) => member?.remove()));
    await temporal?.stop();
    await infisical?.stop();
    await stores?.stop();
  }, MINUTES);

  /** Starts a run as anybody may, on the queue that every worker serves; how it ended, in its own words where it failed. */
  function run(): Promise<BootstrapReport | string> {
    const id = bootstrapWorkflowId(ENVIRONMENT);
    const what = ['--type', 'bootstrap', '--input', JSON.stringify({ environment: ENVIRONMENT })];
    const token = temporal.token('anna', `${NAMESPACE}:write`);
    const env = { ...home.installation.env, ...temporal.variables(token) };
    execFileSync(
      'temporal',
      ['workflow', 'start', '--task-queue', TASK_QUEUE, '--workflow-id', id, ...what],
      { env },
    );
    const result = client.workflow.getHandle(id).result() as Promise<BootstrapReport>;
    return result.catch((error: Error & { cause?: Error }) => error.cause?.message ?? error.message);
  }
  async function until(what: string, look: () => Promise<boolean | undefined>): Promise<void> {
    for (const over = Date.now() + 120_000; Date.now() < over; await sleep(50))
      if (await look().catch(() => false)) return;
    throw new Error(`it did not come to that: ${what}`);
  }
  /** Waits until a worker has taken that step of a run. */
  const during = (step: string, workflowId: string) =>
    until(`${step} of ${workflowId}`, async () => {
      const { raw } = await client.workflow.getHandle(workflowId).describe();
      const named = raw.pendingActivities?.filter(({ activityType }) => activityType?.name === step);
      return named?.some(({ state }) => Number(state) === STARTED);
    });
  const served = ({ name }: FleetMember, since: number) =>
    until(`${name} is served`, async () => {
      const { status, closeTime } = await client.workflow
        .getHandle(hostWorkflowId(ENVIRONMENT, name))
        .describe();
      return status.name === 'COMPLETED' && (closeTime?.getTime() ?? 0) > since;
    });

  /** As a run leaves it that nothing has disturbed. */
  async function expectFinished(): Promise<void> {
    const database = new Database({ connectionString: infisical.databaseUri });
    await database.connect();
    const ask = async (text: string) => (await database.query({ text, rowMode: 'array' })).rows.map(String);
    const identities = await ask(
      `select i.name, count(*), count(*) filter (where not "isClientSecretRevoked") from identities i
       join universal_auths u on u."identityId" = i.id join client_secrets c on c."identityUAId" = u.id group by 1 order by 1`,
    );
    const runtime = `onex-runtime/${ENVIRONMENT}`;
    const names = [runtime, `${runtime}/host/laptop`, `${runtime}/host/server`, `onex-seeder/${ENVIRONMENT}`];
    expect(identities).toEqual(names.map((name) => `${name},1,1`));
    const keys = await ask(`select count(*), count(distinct ("folderId", key)), max(version) from secrets`);
    expect(keys).toEqual(['36,36,1']);
    await database.end();
    const {
      node_invoice_events_effect: events,
      node_invoice_mail_effect: mail,
      node_payment_effect: payment,
    } = home.nodes(ENVIRONMENT);
    expect(Object.keys(home.nodes(ENVIRONMENT))).toHaveLength(11);
    expect(server.nodes(ENVIRONMENT)).toEqual(home.nodes(ENVIRONMENT)); // whose default is the class's
    expect(laptop.nodes(ENVIRONMENT)).toEqual({
      node_invoice_events_effect: { ...events, KAFKA_ACKS: CLASSES.laptop },
      ...{ node_invoice_mail_effect: mail, node_payment_effect: payment },
    });
  }

  it(
    'goes on where a worker, the home and Temporal itself are killed and a host is cut off, names who is away, and serves them when they are back',
    async () => {
      const queue = { namespace: NAMESPACE, taskQueue: { name: TASK_QUEUE } };
      await until('three workers serve the queue', async () => {
        const { versionsInfo } = await client.workflowService.describeTaskQueue({
          ...queue,
          ...EVERY_POLLER,
        });
        const { pollers } = versionsInfo?.['']?.typesInfo?.[WORKFLOWS] ?? {};
        return new Set(pollers?.map(({ identity }) => installationOf(identity ?? ''))).size === 3;
      });
      const began = Date.now();
      const told: string[] = [];
      const note = (what: string) => told.push(`${((Date.now() - began) / 1000).toFixed(0)} s ${what}`);
      home.infisical.once(SLOW, 'POST', /secrets\/batch/);
      for (const { infisical } of [laptop, server]) infisical.once(SLOW, 'POST', /universal-auth\/login/);
      const ended = run();
      await during('applySeed', bootstrapWorkflowId(ENVIRONMENT));
      await temporal.kill();
      home.infisical.once(SLOW, 'POST', /identities$/);
      await temporal.start();
      note('Temporal killed, and back');
      const { runId } = await client.workflow.getHandle(bootstrapWorkflowId(ENVIRONMENT)).describe();
      await during('hostOrder', `hosts/${ENVIRONMENT}/${runId}`);
      await home.kill();
      await home.work();
      note('the home killed, and back');
      await Promise.all(
        [laptop, server].map(({ name }) => during('takeOrder', hostWorkflowId(ENVIRONMENT, name))),
      );
      await laptop.kill();
      server.way.cut('silence');
      note('laptop killed, server cut off');
      const outcome = await ended;
      note('the run has ended');
      expect(outcome).toMatch(
        /is partly up: host laptop: its worker went away; .*host server: its worker went away;/,
      );
      const healed = Date.now();
      server.way.heal();
      await Promise.all([
        laptop.work(),
        served(laptop, healed).then(() => note('laptop served')),
        served(server, healed),
      ]);
      note('server served');
      console.info(told.join(', '));
      await expectFinished();
    },
    MINUTES,
  );

  it(
    'serves a host that was away for a whole run as soon as its worker reaches Temporal again',
    async () => {
      server.way.cut('reset');
      expect(await run()).toMatch(/partly up: host server: no worker of it answers/);
      const healed = Date.now();
      server.way.heal();
      await served(server, healed);
      expect(await run()).toMatchObject({ outcome: 'complete', changes: { count: 0 } });
      await expectFinished();
    },
    MINUTES,
  );

  it(
    'has had each step done where it belongs, and no secret in a history, which is short',
    async () => {
      const seen = { events: 0, bytes: 0 };
      for await (const { workflowId, runId } of client.workflow.list()) {
        const { takers, events, payloads } = await historyOf(client.workflow.getHandle(workflowId, runId));
        for (const { queue, by } of takers) {
          const place = queue === lookupQueue(ENVIRONMENT) ? home.id : installationIn(queue);
          if (place !== undefined) expect(installationOf(by)).toBe(place);
        }
        seen.events = Math.max(seen.events, events);
        seen.bytes = Math.max(seen.bytes, ...payloads.map(({ length }) => length));
      }
      console.info(`longest history ${seen.events} events, largest payload ${seen.bytes} bytes`);
      expect(seen.events).toBeLessThan(500);
      expect(seen.bytes).toBeLessThan(16_384);
      const told = await everyHistory(client);
      expect(told).toContain('takeOrder');
      const given = ['values.env', 'billing.env'].map((file) => readFileSync(join(example, file)));
      const secrets = given.flatMap((file) =>
        [...parseEnvValues(file).values].flatMap(([, value]) =>
          value.reveal().startsWith('example-') ? value.reveal() : [],
        ),
      );
      const held = [home, laptop, server].map((member) => member.clientSecret(ENVIRONMENT));
      expect([...secrets, ...held].filter((secret) => told.includes(secret))).toEqual([]);
    },
    MINUTES,
  );
});
