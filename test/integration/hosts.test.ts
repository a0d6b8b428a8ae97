import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfisicalHttp } from '../../infisical/http';
import { listSecrets } from '../../infisical/secrets/secrets';
import { login } from '../../infisical/session';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { expectExit, Installation, type Running } from '../support/installation';
import { everyHistory } from '../support/runs';
import { CLASSES, ENVIRONMENT, identityOf, nodesOf, readable, type Edge } from './edges';

const MINUTES = 240_000;
const example = join(__dirname, '..', '..', 'examples', 'onex');

/** A home, and hosts of two machine classes with state directories of their own, at the home's own Temporal. */
describe('hosts that join', () => {
  let infisical: DevInfisical;
  let home: Installation;
  let homeWorker: Running;
  const edges: Edge[] = [];
  let contracts: string;

  beforeAll(async () => {
    infisical = await startDevInfisical();
    home = await Installation.create({ ONEX_ENVIRONMENT: ENVIRONMENT, ONEX_HOST: 'home' });
    contracts = join(home.stateDir, 'contracts');
    cpSync(join(example, 'contracts'), contracts, { recursive: true });
    mkdirSync(join(contracts, 'overlays'));
    for (const [name, acks] of Object.entries(CLASSES))
      writeFileSync(join(contracts, 'overlays', `${name}.yaml`), `overrides: { KAFKA_ACKS: "${acks}" }\n`);
    expectExit(0, await up());
    homeWorker = home.start('worker');
    await homeWorker.says('Ctrl-C stops it');
    edges.push(await edge('laptop', ['--serve', 'billing']), await edge('server', []));
  }, MINUTES);
  afterAll(async () => {
    for (const { worker } of [...edges, { worker: homeWorker }]) worker.child.kill('SIGINT');
    for (const { installation } of edges) await installation.remove();
    await homeWorker.ended;
    await home.run('down');
    await home.remove();
    await infisical.stop();
  }, MINUTES);

  const up = () =>
    home.run(
      'up',
      ...[contracts, '--values', join(example, 'values.env')],
      ...['--values', `billing=${join(example, 'billing.env')}`, '--infisical', infisical.url],
    );

  async function edge(name: Edge['name'], serves: string[]): Promise<Edge> {
    const temporal = { TEMPORAL_ADDRESS: home.temporalAddress };
    const installation = await Installation.create({
      ...temporal,
      ONEX_HOST: name,
      ONEX_ENVIRONMENT: ENVIRONMENT,
    });
    expectExit(0, await joins(installation, name, serves));
    const worker = installation.start('worker');
    await worker.says('Ctrl-C stops it');
    return { name, serves, installation, worker };
  }
  const joins = (installation: Installation, name: string, serves: string[]) =>
    installation.run('join', contracts, '--infisical', infisical.url, '--machine-class', name, ...serves);

  it(
    'wait to be accepted, and are then served their own nodes with an identity of their own',
    async () => {
      for (const edge of edges) {
        const { name, serves, installation } = edge;
        expect(nodesOf(edge)).toEqual({});
        expect(existsSync(join(installation.stateDir, ENVIRONMENT, 'runtime.env'))).toBe(false);
        expect((await installation.run('report')).stderr).toContain('its home, home-');
        const misspelt = await joins(installation, name, ['--serve', 'billing', '--serve', 'biling']);
        expect(misspelt).toMatchObject({
          code: 2,
          stderr: expect.stringMatching(/--serve biling: no contract here declares that\. .*billing/),
        });
        const keyed = await home.run('hosts');
        const asked = await joins(installation, name, serves);
        const [, key = ''] = /this host’s key\s+(SHA256:\S+)/.exec(asked.stderr) ?? [];
        expect(keyed.stdout).toContain(key);
        const [, digest = ''] = new RegExp(`hosts accept ${name} (\\S+) -e`).exec(asked.stderr) ?? [];
        expect(keyed.stdout).toContain(`hosts accept ${name} ${digest} -e ${ENVIRONMENT}`);
        expectExit(1, await home.run('hosts', 'accept', name, 'f'.repeat(32)));
        const unasked = await home.run('hosts', 'serve', name);
        expect(unasked).toMatchObject({
          code: 2,
          stderr: expect.stringContaining(`accept ${name} ${digest}`),
        });
        const accepted = await home.run('hosts', 'accept', name, digest);
        expectExit(0, accepted);
        expect(accepted.stderr).toContain(`${name} is a new machine class here`);
      }
      // the class's values are seeded by the next run, and reach the hosts with it
      expectExit(0, await up());
      const [laptop = {}, server = {}] = edges.map(nodesOf);
      expect(laptop).toMatchObject({ node_invoice_events_effect: { KAFKA_ACKS: CLASSES.laptop } });
      expect(server).toMatchObject({ node_invoice_events_effect: { KAFKA_ACKS: CLASSES.server } });
      expect(Object.keys(laptop).sort()).toEqual([
        'node_invoice_events_effect',
        'node_invoice_mail_effect',
        'node_payment_effect',
      ]);
      expect(Object.keys(server)).toHaveLength(11);
      const all = [home, ...edges.map(({ installation }) => installation)];
      const ids = all.map((at) => identityOf(at).clientId);
      expect(new Set(ids).size).toBe(3);
      const roots = ['/shared', '/services/billing', '/machine-class/laptop', '/machine-class/server'];
      expect(await readable(infisical.url, edges[0]!.installation, roots)).toEqual(roots.slice(0, 3));
    },
    MINUTES,
  );

  it(
    'are found in place by a second run, and no history holds what they were sent',
    async () => {
      expect((await up()).stdout).toMatch(/✔ .*0 changes/);
      const told = await home.withClient(everyHistory);
      expect(told).toContain('serveHost');
      for (const { installation } of edges)
        expect(told.includes(identityOf(installation).clientSecret.reveal())).toBe(false);
    },
    MINUTES,
  );

  it(
    'get rotated client secrets before the old ones end',
    async () => {
      const held = () => edges.map(({ installation }) => identityOf(installation));
      const before = held();
      expectExit(0, await home.run('rotate', 'client-secrets', '--overlap', '1s'));
      const after = held();
      for (const [index, old] of before.entries()) {
        const now = after[index]!;
        expect(now.clientId).toBe(old.clientId);
        expect(now.clientSecret.equals(old.clientSecret)).toBe(false);
        await login(new InfisicalHttp(infisical.url), now);
        await expect(login(new InfisicalHttp(infisical.url), old)).rejects.toThrow();
      }
      expect((await home.run('status')).stdout).toContain(`onex-runtime/${ENVIRONMENT}/host/laptop`);
    },
    MINUTES,
  );

  it(
    'take no order from whoever else reaches Temporal, and start nothing that is the home’s to start',
    async () => {
      const [{ installation, name }] = edges as [Edge, ...Edge[]];
      const before = installation.file('identity.json');
      const queue = `onex-bootstrap/${ENVIRONMENT}@${name}-${readFileSync(join(installation.stateDir, 'installation'), 'utf8')}`;
      const text = JSON.stringify({ kind: 'leave', environment: ENVIRONMENT, recipient: 'age1' });
      const forged: [string, object][] = [
        ['serveHost', { environment: ENVIRONMENT, order: { text, signature: 'AAAA' } }],
        ['bootstrap', { environment: ENVIRONMENT }],
        ['rotate', { environment: ENVIRONMENT, rotate: ['client-secrets'] }],
        ['serveHost', { environment: ENVIRONMENT, infisical: 'http://evil' }],
      ];
      await home.withClient(async (client) => {
        for (const [index, [type, input]] of forged.entries()) {
          const run = client.workflow.execute(type, {
            taskQueue: queue,
            workflowId: `forged/${index}`,
            args: [input],
          });
          await expect(run).rejects.toThrow();
        }
      });
      expect(installation.file('identity.json')).toBe(before);
      expect(Object.keys(nodesOf(edges[0]!))).toHaveLength(3);
      const here = await installation.run('up');
      expect(here.code).not.toBe(0);
      expect(here.stderr).toContain('has its home at home-');
    },
    MINUTES,
  );

  it(
    'that ask to be something else stay what they were, and it is told why they are not served',
    async () => {
      const [laptop] = edges as [Edge, ...Edge[]];
      const before = nodesOf(laptop);
      expectExit(0, await joins(laptop.installation, 'laptop', ['--machine-class', 'server']));
      const partly = await up();
      expect(partly.code).toBe(4);
      expect(partly.stdout).toMatch(/laptop: .*asks to be something else than was accepted.*hosts/);
      expect(nodesOf(laptop)).toEqual(before);
      expectExit(0, await joins(laptop.installation, 'laptop', laptop.serves));
      expectExit(0, await up());
    },
    MINUTES,
  );

  it(
    'that are away are named, and serve themselves when their worker is back',
    async () => {
      const [laptop] = edges as [Edge, ...Edge[]];
      laptop.worker.child.kill('SIGKILL');
      await laptop.worker.ended;
      const partly = await up();
      expect(partly.code).toBe(4);
      expect(partly.stdout).toMatch(/laptop: no worker of it answers/);
      const rotated = await home.run('rotate', 'client-secrets', '--overlap', '0s');
      expect(rotated).toMatchObject({ code: 4, stderr: expect.stringContaining('may lack the new ones') });
      laptop.worker = laptop.installation.start('worker');
      await laptop.worker.says('hosts serve -e fleet'); // its secret is dead, and only its home can make another
      expect(laptop.worker.output()).toMatch(/✘ fleet: this host is not served: .*credentials are refused/);
      expectExit(0, await home.run('hosts', 'serve'));
      await home.withClient(async (client) => {
        for (;;) {
          const { status, startTime } = await client.workflow
            .getHandle(`host/${ENVIRONMENT}/laptop`)
            .describe();
          if (status.name === 'COMPLETED' && Date.now() - startTime.getTime() < 60_000) return;
          await sleep(500);
        }
      });
      expectExit(0, await up());
    },
    MINUTES,
  );

  it(
    'that are removed read nothing any more, and forget what they had',
    async () => {
      const [laptop] = edges as [Edge, ...Edge[]];
      const identity = identityOf(laptop.installation);
      const session = await login(new InfisicalHttp(infisical.url), identity);
      // which may be the one that ends it
      const beside = up();
      expectExit(0, await home.run('hosts', 'remove', 'laptop'));
      await beside;
      const scope = { projectId: identity.projectId, environment: ENVIRONMENT };
      await expect(login(new InfisicalHttp(infisical.url), identity)).rejects.toThrow();
      await expect(listSecrets(session, scope, '/shared')).rejects.toThrow();
      for (const file of ['identity.json', 'runtime.env', 'host-key.json'])
        expect(existsSync(join(laptop.installation.stateDir, ENVIRONMENT, file))).toBe(false);
      expect((await home.run('hosts')).stdout).not.toContain('laptop');
      expectExit(0, await home.run('hosts', 'remove', 'laptop'));
      expectExit(0, await up());
    },
    MINUTES,
  );
});
