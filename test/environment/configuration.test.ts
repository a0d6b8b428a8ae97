import { readConfiguration } from '../../environment/configuration';

describe('the configuration of an entry point', () => {
  const config = (environment: Record<string, string> = {}) =>
    readConfiguration({ HOME: '/home/op', ...environment }, { workingDir: '/work', packageDir: '/package' });

  it('lists every problem of the environment in one message', () => {
    expect(() => config({ ONEX_ENVIRONMENT: 'A B', INFISICAL_REQUIRED: 'maybe' })).toThrow(
      /ONEX_ENVIRONMENT[\s\S]*INFISICAL_REQUIRED/,
    );
  });

  it('takes a blank variable for none', () => {
    expect(config({ ONEX_ENVIRONMENT: '' }).environment).toBeUndefined();
    expect(config({ POSTGRES_PASSWORD: ' ' }).variables.has('POSTGRES_PASSWORD')).toBe(false);
  });

  it('tells the values of one service from those of all', () => {
    expect(config({ ONEX_ENV_FILES: 'a.env:billing=b.env' }).options.values).toEqual([
      { path: '/work/a.env' },
      { path: '/work/b.env', service: 'billing' },
    ]);
  });
});
