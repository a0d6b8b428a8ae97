import { Client, Connection } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { openAuditLog } from '../../../client/codec-server/audit';
import { createCodecServer } from '../../../client/codec-server/create-codec-server';
import { addGrant, ensureAccessToken } from '../../../client/codec-server/grants';
import { ensureDevServer, stopDevServer } from '../../../client/temporal/dev-server';
import { temporalCli } from '../../../client/temporal/temporal-cli';
import { Secret } from '../../../contracts/core/secret';
import { CodecKeys } from '../../../worker/sealing/codec-keys';
import { SecretCodec } from '../../../worker/sealing/secret-codec';
import { sealedText } from '../../../worker/sealing/sealed-text';
import { secretsPlugin } from '../../../worker/sealing/secrets-plugin';
import { playEveryWay, type Played } from './canary-scenario';
import { dumpEverything, formsOf } from './dump';
import { fixtureActivities } from './fixture-activities';
import type { Read } from './fixture-workflows';

const canary = `c@nary/w"rd+ü-${randomBytes(12).toString('hex')}`;
const read = (): Read => ({ name: 'GIVEN_PASSWORD', value: new Secret(canary) });
const run = promisify(execFile);
const logged: string[] = [];
const taskQueue = 'canary';

Runtime.install({
  logger: new DefaultLogger('DEBUG', (entry) => void logged.push(inspect(entry, { depth: 8 }))),
  shutdownSignals: [],
  telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN' }) } },
});

describe('a value that workflows hold', () => {
  let dir: string;
  let cli: string;
  let address: string;
  let connection: Connection;
  let client: Client;
  let dumped: Awaited<ReturnType<typeof dumpEverything>>;
  let played: Played;
  const keys = new CodecKeys([['k1', randomBytes(32)]]);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'onex-canary-'));
    cli = await temporalCli(join(homedir(), '.onex-bootstrap', 'tools'), process.env['PATH'] ?? '', () => {});
    ({ address } = await ensureDevServer(dir, () => Promise.resolve(cli)));
    connection = await Connection.connect({ address });
    const plugins = [secretsPlugin({ keys })];
    client = new Client({ connection, plugins });
    const workflowsPath = join(__dirname, 'fixture-workflows.ts');
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath,
      plugins: [secretsPlugin({ keys: undefined })],
      logger: new DefaultLogger('ERROR'),
    });
    const native = await NativeConnection.connect({ address });
    const worker = await Worker.create({
      connection: native,
      taskQueue,
      workflowBundle,
      activities: fixtureActivities(canary),
      plugins,
    });
    played = await worker.runUntil(() => playEveryWay(client, taskQueue, read));
    await native.close();
    dumped = await dumpEverything(client, played.pending);
  }, 120_000);

  afterAll(async () => {
    await connection.close();
    await stopDevServer(dir);
    await rm(dir, { recursive: true, force: true });
  });

  it('is in no history, description, schedule or log, in no form', () => {
    const log = logged.join('\n');
    const hits = formsOf(canary).flatMap((form) => [
      ...(dumped.text.includes(form) ? [`stored: ${form}`] : []),
      ...(log.includes(form) ? [`logged: ${form}`] : []),
    ]);
    expect(hits).toEqual([]);
  });

  it('would be found: all around it is readable', () => {
    for (const text of [
      ...['DB_PASSWORD', 'GIVEN_PASSWORD', 'DB_PASSWORD_OF_CHILD', 'everyWay', 'infisical.get_secret'],
      ...['UpdateRefused', 'ChildEnded', 'Ended', 'Sealed failure', '"$secret":{"kid":"k1"'],
    ]) {
      expect([text, dumped.text.includes(text)]).toEqual([text, true]);
    }
    expect(logged.join('\n')).toContain('Workflow failed');
  });

  it('leaves failures readable that cannot hold it', () => {
    expect(dumped.text).toContain('the disk is full');
    expect(dumped.text).toContain('no route to host db');
  });

  it('arrives as a Secret wherever a program asks', () => {
    const { query, update, memo, scheduled } = played;
    const arrived = [query, update, memo['given'], memo['upserted'], scheduled];
    expect(arrived.map((found) => found?.value.reveal())).toEqual(Array(5).fill(canary));
    expect(inspect(arrived)).not.toContain(canary);
  });

  it('fails without its text; type and the text itself are there for a program', () => {
    const { failed, failedUpdate, failedQuery } = played;
    expect(failed.cause).toMatchObject({ type: 'Ended', message: expect.stringMatching(/^Sealed failure/) });
    expect(sealedText(failed.cause)?.message.reveal()).toBe(`ended: DB_PASSWORD is ${canary}`);
    const seen = [inspect(failed), inspect(failedUpdate), String(failedQuery)];
    expect(seen.filter((text) => text.includes('Sealed failure'))).toHaveLength(3);
    expect(seen.join('\n')).not.toContain(canary);
  });

  describe('behind the codec server', () => {
    let endpoint: string;
    let token: Secret;
    let grant: Secret;
    let server: ReturnType<typeof createCodecServer>;

    beforeAll(async () => {
      server = createCodecServer({
        codec: new SecretCodec(keys),
        dir,
        origin: undefined,
        audit: await openAuditLog(dir),
      });
      endpoint = await server.listen({ host: '127.0.0.1', port: 0 });
      token = await ensureAccessToken(dir);
      ({ token: grant } = await addGrant(dir, 'tester', 5));
    });
    afterAll(() => server.close());

    const decode = (payloads: unknown[], bearer: Secret) =>
      fetch(`${endpoint}/decode`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer.reveal()}` },
        body: JSON.stringify({ payloads }),
      });

    it('is equal everywhere with a grant, and refused without', async () => {
      const sealed = dumped.payloads.filter(({ metadata }) => metadata['onex-secret']);
      const messages = sealed.map(({ metadata, data }) => ({
        metadata: Object.fromEntries(Object.entries(metadata).map(([key, bytes]) => [key, base64(bytes)])),
        data: base64(data),
      }));
      expect((await decode(messages, token)).status).toBe(403);
      const { payloads } = (await (await decode(messages, grant)).json()) as { payloads: { data: string }[] };
      const texts = payloads.map(({ data }) => Buffer.from(data, 'base64').toString());
      const values = new Set<string>();
      for (const text of texts) {
        JSON.parse(text, (key, value: string) => void (key === '$secret' && values.add(value)));
      }
      expect(sealed.length).toBeGreaterThan(30);
      expect([...values]).toEqual([canary]);
      expect(texts.filter((text) => text.includes(`ended: DB_PASSWORD is`)).length).toBeGreaterThan(0);
    });

    it('shows in the CLI with a grant', async () => {
      const flags = ['-w', 'failing-child', '--address', address, '--codec-endpoint', endpoint, '-o', 'json'];
      const env = { ...process.env, TEMPORAL_CODEC_AUTH: `Bearer ${grant.reveal()}` };
      const { stdout } = await run(cli, ['workflow', 'show', ...flags], { env });
      const { events } = JSON.parse(stdout) as { events: History[] };
      const { data } = events.at(-1)?.workflowExecutionFailedEventAttributes?.failure.encodedAttributes ?? {};
      const { message } = JSON.parse(Buffer.from(data ?? '', 'base64').toString());
      expect(message).toBe(`child: DB_PASSWORD is ${canary}`);
    });
  });
});

interface History {
  workflowExecutionFailedEventAttributes?: { failure: { encodedAttributes: { data: string } } };
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
