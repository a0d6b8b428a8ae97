import { rmSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Client } from 'pg';
import { ensureNetworkAndVolumes } from '../../../stack/engine/network-and-volumes';
import { ensureService } from '../../../stack/engine/ensure-service';
import { ensureStackSecrets } from '../../../stack/engine/ensure-stack-secrets';
import { observeStack } from '../../../stack/engine/observe-stack';
import { removeStack } from '../../../stack/engine/remove-stack';
import { tailLogs } from '../../../stack/engine/containers';
import type { Stack } from '../../../stack/compose/stack';
import { runCommand } from '../../../stack/engine/run-command';
import { describeWithEngine, engine, TestStack } from './real-engine';

jest.setTimeout(180_000);

const DATA = ['postgres', 'valkey'];
const SECRETS = ['postgres_password', 'valkey_password', 'encryption_key', 'auth_secret'];

function query(test: TestStack, text: string) {
  const client = new Client({
    host: '127.0.0.1',
    port: Number(test.variables['POSTGRES_EXTERNAL_PORT']),
    user: 'infisical',
    database: 'infisical',
    password: test.secret('postgres_password'),
  });
  return client
    .connect()
    .then(() => client.query(text))
    .finally(() => client.end());
}

describeWithEngine("the project's own stack", () => {
  const test = new TestStack();
  let stack: Stack;
  beforeAll(async () => {
    stack = (await test.prepare()).parse();
  });
  afterAll(() => test.remove(stack));

  it('is made, then kept, then started again, with its data', async () => {
    const first = await test.up(stack);
    expect(Object.values(first).map(({ action }) => action)).toEqual(['created', 'created', 'created']);
    await query(test, 'create table kept (n int)');

    const second = await test.up(stack);
    const ids = (results: typeof first) => Object.values(results).map(({ containerId }) => containerId);
    expect(Object.values(second).map(({ action }) => action)).toEqual(['kept', 'kept', 'kept']);
    expect(ids(second)).toEqual(ids(first));

    await test.stop(stack);
    const third = await test.up(stack, DATA);
    expect(third).toMatchObject({ postgres: { action: 'started' }, valkey: { action: 'started' } });
    expect(third['postgres']?.containerId).toBe(first['postgres']?.containerId);
    await query(test, 'select * from kept');
  });

  it('goes on where a run or the container was killed, also in the middle of making the database', async () => {
    await removeStack(engine, test.owner(stack), { volumes: true });
    await ensureStackSecrets(stack, { variables: new Map() });
    const images = await test.localImages(stack, ['postgres']);
    const { environment, stateDir } = test;
    await ensureNetworkAndVolumes(engine, stack, { environment, stateDir, images });
    const options = { environment, stateDir, image: images['postgres']! };
    const run = (ms: number, begun: { begunAt?: number } = {}) =>
      ensureService(engine, stack, 'postgres', { ...options, ...begun, signal: AbortSignal.timeout(ms) });
    const begunAt = Date.now();
    // our process gone, the container goes on by itself
    await expect(run(400)).rejects.toThrow();
    for (const delay of [0, 150, 300]) {
      await new Promise((later) => setTimeout(later, delay));
      await engine.getContainer(`${stack.name}-postgres-1`).kill();
      await expect(run(400)).rejects.toThrow();
    }
    expect(await run(60_000)).toMatchObject({ action: 'kept' });
    await query(test, 'create table kept (n int)');

    // a step that goes on says what it did before it was killed, and nothing that was done before it
    expect(await run(60_000, { begunAt })).toMatchObject({ action: 'created' });
    const later = { begunAt: Date.now() };
    expect(await run(60_000, later)).toMatchObject({ action: 'kept' });
    await engine.getContainer(`${stack.name}-postgres-1`).restart();
    expect(await run(60_000, later)).toMatchObject({ action: 'started' });
  });

  it('recreates what changed and keeps its data', async () => {
    await test.up(stack, DATA);
    const changed = structuredClone(stack);
    changed.services['postgres']!.labels['changed'] = 'yes';
    expect(await observeStack(engine, changed, test)).toContainEqual(
      expect.objectContaining({ name: 'postgres', would: 'recreate', detail: 'its configuration changed' }),
    );
    expect(await test.up(changed, DATA)).toMatchObject({
      postgres: { action: 'recreated' },
      valkey: { action: 'kept' },
    });
    await query(test, 'select * from kept');
    await test.up(stack, DATA);
  });

  it('shows no secret in inspect, process lists and logs', async () => {
    await test.up(stack);
    const values = SECRETS.map((name) => test.secret(name));
    const { stdout: processes } = await runCommand('ps', ['-eo', 'args']);
    for (const { Id } of await engine.listContainers({
      filters: { label: [`onex.project=${stack.name}`] },
    })) {
      const inspected = JSON.stringify(await engine.getContainer(Id).inspect());
      const logs = (await tailLogs(engine, Id, 500)).join('\n');
      for (const value of values) {
        expect(inspected).not.toContain(value);
        expect(logs).not.toContain(value);
        expect(processes).not.toContain(value);
      }
    }
  });

  it('repairs what a crash or an operator left', async () => {
    const [before] = await Promise.all([test.up(stack, DATA)]);
    // removed by hand
    await engine.getContainer(before['valkey']!.containerId).remove({ force: true });
    expect(await test.up(stack, ['valkey'])).toMatchObject({ valkey: { action: 'created' } });
    // killed
    await engine.getContainer(before['postgres']!.containerId).kill();
    expect(await test.up(stack, ['postgres'])).toMatchObject({ postgres: { action: 'started' } });
    // paused
    await engine.getContainer(before['postgres']!.containerId).pause();
    expect(await test.up(stack, ['postgres'])).toMatchObject({ postgres: { action: 'started' } });
    // its network removed and made again under another id
    await test.stop(stack);
    for (const { Id } of await engine.listNetworks({ filters: { label: [`onex.project=${stack.name}`] } })) {
      await engine.getNetwork(Id).remove();
    }
    expect(await test.up(stack, DATA)).toMatchObject({ postgres: { action: 'recreated' } });
    await query(test, 'select * from kept');
  });

  /** As a crash would, four times: the engine starts it again, and waits longer each time. */
  async function crash(id: string): Promise<void> {
    const state = async () => (await engine.getContainer(id).inspect()).State;
    for (let crashes = 1; crashes <= 4; crashes++) {
      const { Pid, StartedAt } = await state();
      if (Pid > 0) await runCommand('kill', ['-9', String(Pid)]).catch(() => undefined); // it may end by itself
      while ((await state()).StartedAt === StartedAt && (await state()).Status !== 'restarting')
        await setImmediate();
      while (crashes < 4 && (await state()).StartedAt === StartedAt) await setImmediate();
    }
  }

  it('waits for one that the engine starts again, and makes anew one that ends at each start', async () => {
    const valkey = { ...stack.services['valkey']!, readOnly: false }; // so that it can be broken
    const breakable = { ...stack, services: { ...stack.services, valkey } };
    const before = await test.up(breakable, DATA);
    const id = before['postgres']!.containerId;
    await crash(id);
    const killed = Date.now();
    const after = await test.up(breakable, ['postgres']);
    expect(after['postgres']).toMatchObject({ action: 'started', containerId: id });
    expect(Date.now() - killed).toBeLessThan(20_000); // its grace period, were it stopped, is 30 s
    await query(test, 'select * from kept');

    const broken = before['valkey']!.containerId;
    await runCommand('docker', ['exec', broken, 'sh', '-c', 'rm "$(command -v valkey-server)"']);
    await crash(broken);
    expect(await test.up(breakable, ['valkey'])).toMatchObject({ valkey: { action: 'recreated' } });
  });

  it('refuses a volume that knows another password, and says what to do', async () => {
    const file = stack.secrets['postgres_password']!.file;
    const old = test.secret('postgres_password');
    rmSync(file);
    await expect(
      test.up(stack, ['postgres'], { POSTGRES_PASSWORD: 'another password' }),
    ).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(
        /^postgres refuses the login .* another password \(28P01\)\. Volume .*_postgres was made .* Either put .* into .*postgres_password; or set .*docker exec.*; or remove the volume/,
      ),
    });
    rmSync(file);
    writeFileSync(file, old, { mode: 0o600 });
    await test.up(stack, ['postgres']);
    await query(test, 'select * from kept');
  });

  it('removes only what is its own', async () => {
    const { stdout: before } = await runCommand('docker', ['volume', 'ls', '-q']);
    expect(before).toContain(`${stack.name}_postgres`);
    const removed = await removeStack(engine, test.owner(stack), { volumes: false });
    expect(removed.map(({ kind }) => kind)).not.toContain('volume');
    expect((await observeStack(engine, stack, test)).every(({ state }) => state === 'absent')).toBe(true);
    expect(await removeStack(engine, test.owner(stack), { volumes: true })).toEqual(
      ['postgres', 'valkey'].map((name) => ({
        kind: 'volume',
        name: `${stack.name}_${name}`,
        action: 'removed',
      })),
    );
  });
});
