import { readConfiguration } from '../../../contracts/settings/configuration';
import { resolveSettings } from '../../../contracts/settings/resolve-settings';

const places = { workingDir: '/work', packageDir: '/package' };
const config = (environment: Record<string, string> = {}) =>
  readConfiguration({ HOME: '/home/op', ONEX_HOST: 'h1', ...environment }, places);
const facts = (...present: string[]) => ({
  nodesDir: '/run/nodes',
  searchAttributes: true,
  exists: (path: string) => present.includes(path),
});

describe('resolveSettings', () => {
  it('does the right thing with no input: the example, in the environment dev', () => {
    expect(resolveSettings(undefined, config(), facts())).toMatchObject({
      environment: 'dev',
      host: 'h1',
      stateDir: '/home/op/.onex-bootstrap/dev',
      infrastructure: { kind: 'stack', file: '/package/docker-compose.yml' },
      contracts: ['/package/examples/onex/contracts'],
      nodesDir: '/run/nodes/dev',
      dryRun: false,
    });
  });

  it("seeds other contracts from the operator's .env, never from the example's values", () => {
    const settings = resolveSettings({ contracts: ['mine'] }, config(), facts('/work/.env'));
    expect(settings.contracts).toEqual(['/work/mine']);
    expect(settings.envFiles).toEqual([{ path: '/work/.env' }]);
  });

  it('tells the values of one service from those of all', () => {
    const settings = resolveSettings({ envFiles: ['a.env', 'billing=b.env'] }, config(), facts());
    expect(settings.envFiles).toEqual([{ path: '/work/a.env' }, { path: '/work/b.env', service: 'billing' }]);
  });

  it('finds the registry and the overlay beside the contracts', () => {
    const registry = '/corpus/config/shared_key_registry.yaml';
    const overlay = '/corpus/config/overlays/mac.yaml';
    const input = { contracts: ['/corpus'], machineClass: 'mac' };
    expect(resolveSettings(input, config(), facts(registry, overlay))).toMatchObject({ registry, overlay });
    expect(() => resolveSettings(input, config(), facts())).toThrow(/overlays\/mac.yaml/);
  });

  it('names every problem of an input at once', () => {
    const attempt = () => resolveSettings({ environment: 'Dev!', unknown: 1 }, config(), facts());
    expect(attempt).toThrow(/environment: lower-case[\s\S]*unknown/i);
  });
});

describe('readConfiguration', () => {
  it('lists every problem of the environment in one message', () => {
    expect(() => config({ ONEX_ENVIRONMENT: 'A B', INFISICAL_REQUIRED: 'maybe' })).toThrow(
      /ONEX_ENVIRONMENT[\s\S]*INFISICAL_REQUIRED/,
    );
  });

  it('takes a blank variable for none', () => {
    expect(config({ ONEX_ENVIRONMENT: '' }).environment).toBe('dev');
    expect(config({ POSTGRES_PASSWORD: ' ' }).variables.has('POSTGRES_PASSWORD')).toBe(false);
  });
});
