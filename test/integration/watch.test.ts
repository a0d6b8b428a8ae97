import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expectExit } from '../support/installation';
import { startProxiedInstallation, type ProxiedInstallation } from '../support/proxied-installation';

const MINUTES = 300_000;
const example = join(__dirname, '..', '..', 'examples', 'onex');

interface Answer {
  outcome: string;
  drifts: { count: number; first: string[] };
  unobserved: { count: number; first: string[] };
  accepted: number;
}

describe('a watch of an environment', () => {
  let world: ProxiedInstallation;
  let installation: ProxiedInstallation['installation'];
  let proxy: ProxiedInstallation['proxy'];
  let contracts: string;
  let nodes: string;

  beforeAll(async () => {
    world = await startProxiedInstallation();
    ({ installation, proxy } = world);
    installation.variables['ONEX_NODES_DIR'] = join(installation.stateDir, 'nodes');
    nodes = join(installation.stateDir, 'nodes', installation.environment, 'all');
    contracts = join(installation.stateDir, 'contracts');
    cpSync(join(example, 'contracts'), contracts, { recursive: true });
    cpSync(join(example, 'values.env'), join(installation.stateDir, 'values.env'));
    const values = [
      ...['--values', join(installation.stateDir, 'values.env')],
      ...['--values', `billing=${join(example, 'billing.env')}`],
    ];
    expectExit(0, await installation.run('up', contracts, ...values, '--infisical', proxy.address));
  }, MINUTES);
  afterAll(() => world.stop(), MINUTES);

  const looked = async (...flags: string[]) => {
    const { code, stdout, stderr } = await installation.run('watch', '--now', '--json', ...flags);
    if (stdout === '') throw new Error(stderr);
    return { code, ...(JSON.parse(stdout) as Answer) };
  };

  it(
    'sees all in step, and each drift by name; heals what needs no decision and leaves the rest to somebody',
    async () => {
      expect(await looked()).toMatchObject({ code: 0, outcome: 'in step', drifts: { count: 0 } });

      rmSync(join(nodes, 'node_order_store_effect.json'));
      const drifted = await looked();
      expect(drifted).toMatchObject({ code: 1, outcome: 'drifted', drifts: { count: 1 } });
      expect(drifted.drifts.first[0]).toMatch(
        /^node file node_order_store_effect: missing \[[0-9a-f]{12}\]$/,
      );
      expect(await looked('--on-drift', 'heal')).toMatchObject({ code: 0, outcome: 'in step' });
      expect(existsSync(join(nodes, 'node_order_store_effect.json'))).toBe(true);
    },
    MINUTES,
  );
});
