import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listSecrets, writeSecrets } from '../../infisical/secrets/secrets';
import { Secret } from '../../contracts/core/secret';
import { startInstances } from '../infisical/instances';
import { answers } from '../support/faults';
import { undisturbed } from '../support/finished-state';
import type { Ended } from '../support/installation';
import { ExternalWorld } from './external-world';

const MINUTES = 240_000;

/** The faults of the replaced provisioning and seeding, by their numbers in the study of them. */
describe('faults of the replaced scripts', () => {
  let instances: Awaited<ReturnType<typeof startInstances>>;
  let world: ExternalWorld;
  const worlds: ExternalWorld[] = [];
  beforeAll(async () => {
    instances = await startInstances();
  }, MINUTES);
  beforeEach(async () => {
    world = await ExternalWorld.create(await instances.fresh());
    worlds.push(world);
  }, MINUTES);
  afterEach(async () => {
    for (const each of worlds.splice(0)) await each.remove();
    await world.instance.server.stop(); // its connections: all servers share one Postgres
  }, MINUTES);
  afterAll(() => instances.stop(), MINUTES);

  async function guest(variables: Record<string, string> = {}): Promise<ExternalWorld> {
    const made = await ExternalWorld.create(world.instance, variables);
    worlds.push(made);
    return made;
  }
  const refusal = ({ code, stdout }: Ended) => ({ code, ...(JSON.parse(stdout) as object) });
  function write(to: ExternalWorld, name: string, lines: Record<string, string>): string {
    const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`);
    mkdirSync(dirname(to.path(name)), { recursive: true });
    writeFileSync(to.path(name), text.join(''));
    return text.join('');
  }

  it(
    '10: however much of the stored credentials is lost, run after run, one client secret of an identity lives',
    async () => {
      await world.finish();
      const identityFile = world.path('identity.json');
      const losses = [
        () => {
          const state = JSON.parse(readFileSync(identityFile, 'utf8'));
          delete state.identities.seeder.clientSecret;
          writeFileSync(identityFile, JSON.stringify(state));
        },
        () => rmSync(identityFile),
        () => [identityFile, world.path('runtime.env')].forEach((path) => rmSync(path)),
      ];
      for (const lose of losses) {
        const old = await world.clientSecret('seeder');
        lose();
        await world.finish();
        expect(await world.clientSecret('seeder')).not.toBe(old);
        expect(await world.finishedState()).toMatchObject(undisturbed); // one live each: no old one is
        await world.proveRuntimeIdentity();
      }
    },
    MINUTES,
  );

  it(
    '11: an old id and secret without a project id in the env file give way to three that belong together',
    async () => {
      const old = { INFISICAL_CLIENT_ID: 'old', INFISICAL_CLIENT_SECRET: 'old' };
      write(world, 'runtime.env', old);
      await world.finish();
      await world.proveRuntimeIdentity();
      write(world, 'runtime.env', { ...old, INFISICAL_ADDR: world.instance.proxy.address });
      rmSync(world.path('identity.json'));
      await world.finish();
      await world.proveRuntimeIdentity();
      expect(await world.finishedState()).toMatchObject(undisturbed);
    },
    MINUTES,
  );

  it(
    '11: where none can be made, two of three are refused by the name of the third, and nothing is written',
    async () => {
      const two = { INFISICAL_CLIENT_ID: 'old', INFISICAL_CLIENT_SECRET: 'old' };
      const inVariables = await guest(two);
      expect(refusal(await inVariables.up())).toEqual({
        code: 2,
        outcome: 'failed',
        message: expect.stringContaining('INFISICAL_PROJECT_ID is missing: give all of'),
      });
      expect(existsSync(inVariables.path('runtime.env'))).toBe(false);

      const kept = write(world, 'runtime.env', { ...two, INFISICAL_ADDR: world.instance.proxy.address });
      expect(refusal(await world.up())).toEqual({
        code: 2,
        outcome: 'failed',
        message: expect.stringContaining(
          `INFISICAL_PROJECT_ID is missing in ${world.path('runtime.env')}: give all of`,
        ),
      });
      expect(world.installation.file('runtime.env')).toBe(kept);
      expect(world.sent()).toEqual([]);
    },
    MINUTES,
  );

  it(
    '12: a client secret that was made before a failure at a membership or a folder is the one in use after it',
    async () => {
      const { proxy } = world.instance;
      proxy.inject(answers.serverError, { method: 'POST', path: /\/memberships\//, skip: 1 });
      await world.killOnce(() => proxy.faultsMet.length > 0);
      const made = await world.clientSecret('runtime');
      expect(made).not.toBe('');

      await proxy.clear();
      proxy.inject(answers.serverError, { method: 'POST', path: /\/folders/, skip: 2, times: 3 });
      await world.finish();
      expect(proxy.pending).toBe(0);
      expect(world.runtimeIdentity().clientSecret.reveal()).toBe(made);
      await world.proveRuntimeIdentity();
      expect(await world.finishedState()).toMatchObject(undisturbed);
    },
    MINUTES,
  );

  it(
    '13: a folder that is refused for another reason than being there ends the run, by its name',
    async () => {
      const { proxy } = world.instance;
      const limit = { ...answers.notFound, status: 400, body: '{"message":"Folder limit reached"}' };
      proxy.inject(limit, { method: 'POST', path: /\/folders/, skip: 1 });
      expect(refusal(await world.up())).toEqual({
        code: 1,
        outcome: 'failed',
        message: expect.stringMatching(
          /^seeding: folder \/services\/billing\/http: .* 400 the server does not accept the request/,
        ),
      });
      expect((await world.finishedState()).keys).toBe('0');
      await proxy.clear();
      await world.finish();
      expect(await world.finishedState()).toMatchObject(undisturbed);
    },
    MINUTES,
  );

  it(
    '14: the folders of services and machine classes are made before their keys, and hold them',
    async () => {
      const overlay = join(world.installation.stateDir, 'mac.yaml');
      writeFileSync(overlay, 'overrides: { KAFKA_ACKS: "1" }\n');
      await world.finish('--machine-class', 'mac', '--overlay', overlay);
      const inOrder = world.sent().filter((route) => /folders$|secrets\/batch/.test(route));
      expect(inOrder).toEqual([expect.stringMatching(/folders$/), expect.stringMatching(/batch/)]);
      const { session, scope } = await world.asSeeder();
      const held = (await listSecrets(session, scope)).map(({ folder, key }) => `${folder}/${key}`);
      expect(held.filter((name) => !name.startsWith('/shared/')).sort()).toEqual([
        '/machine-class/mac/KAFKA_ACKS',
        '/services/billing/env/PAYMENT_API_KEY',
        '/services/billing/env/PAYMENT_WEBHOOK_SECRET',
        '/services/billing/http/HTTP_BASE_URL',
        '/services/billing/kafka/KAFKA_GROUP_ID',
      ]);
    },
    MINUTES,
  );

  it(
    '24: drift and a retired key are reported and left, and what did not change is not written',
    async () => {
      await world.finish();
      const { session, scope } = await world.asSeeder();
      const drifted = { folder: '/shared/kafka', key: 'KAFKA_ACKS', value: new Secret('drifted') };
      const retired = { folder: '/shared/kafka', key: 'KAFKA_RETIRED', value: new Secret('old') };
      await writeSecrets(session, scope, [
        { ...drifted, action: 'UPDATE' },
        { ...retired, action: 'CREATE' },
      ]);
      const plan = await world.start('plan').ended;
      expect(JSON.parse(plan.stdout).rows).toMatchObject({
        KEPT: ['/shared/kafka/KAFKA_ACKS'],
        UNMANAGED: ['/shared/kafka/KAFKA_RETIRED'],
      });
      world.instance.proxy.forgetRequests();
      expect((await world.finish()).seed).toMatchObject({ written: 0, counts: { KEPT: 1, UPDATE: 0 } });
      expect(world.sent()).toEqual(['POST /api/v1/auth/universal-auth/login']);
    },
    MINUTES,
  );

  it(
    '24: a seed that was cut off is resumed, and a second writer joins the first: no key is written twice',
    async () => {
      const { proxy } = world.instance;
      proxy.inject({ kind: 'slow headers', milliseconds: 60_000 }, { path: /secrets\/batch/ });
      await world.killOnce(async () => (await world.finishedState()).keys !== '0');
      const writers = [world.start('up'), world.start('up')]; // the cut-off run is still under way
      await Promise.all(writers.map((writer) => writer.says('joined bootstrap/')));
      await proxy.clear();
      const [first, second] = await Promise.all(writers.map((writer) => writer.ended));
      expect([first, second]).toMatchObject([{ code: 0 }, { code: 0, stdout: first?.stdout }]);
      expect(await world.finishedState()).toMatchObject(undisturbed);
    },
    MINUTES,
  );

  it(
    '25: contracts or an env file that are not there, or no contract in them, end the run before a write',
    async () => {
      const { stateDir } = world.installation;
      const [nowhere, empty] = [join(stateDir, 'nowhere'), join(stateDir, 'empty')];
      mkdirSync(empty);
      const infisical = ['--infisical', world.instance.proxy.address, '--json'];
      for (const [path, args] of [
        [nowhere, [nowhere]],
        [empty, [empty]],
        [nowhere, [world.contracts, '--values', nowhere]],
      ] as const) {
        const ended = await world.installation.run('up', ...args, ...infisical);
        const message = expect.stringContaining(path) as string;
        expect(refusal(ended)).toEqual({ code: 2, outcome: 'failed', message });
      }
      expect(world.sent()).toEqual([]);
      const left = ['admin.json', 'identity.json', 'runtime.env'].filter((name) =>
        existsSync(world.path(name)),
      );
      expect(left).toEqual([]);
    },
    MINUTES,
  );
});
