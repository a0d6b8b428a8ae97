import { configHash, planContainer } from '../../../stack/compose/plan-container';
import { parseStack } from '../../../stack/compose/parse-stack';

const service = (fields: string) =>
  parseStack(`name: onex\nservices:\n  s: { image: x, ${fields} }\n  other: { image: x }`, {
    lookup: () => undefined,
  }).services['s']!;
const inputs = { imageId: 'sha256:1', secrets: { a: '11', b: '22' } };

describe('configHash', () => {
  const hash = configHash(service('environment: { A: 1, B: 2 }'), inputs);

  it('does not depend on the order of fields, nor on what the container does not see', () => {
    expect(
      configHash(service('environment: [B=2, A=1]'), { secrets: { b: '22', a: '11' }, imageId: 'sha256:1' }),
    ).toBe(hash);
    expect(
      configHash(service('environment: { A: 1, B: 2 }, depends_on: [other], profiles: []'), inputs),
    ).toBe(hash);
    expect(
      configHash(service("environment: { A: 1, B: 2 }, x-onex: { nodes: '*', on_change: none }"), inputs),
    ).toBe(hash);
  });

  it.each([
    ['an environment variable', service('environment: { A: 1, B: 3 }'), inputs],
    ['a command', service('environment: { A: 1, B: 2 }, command: run'), inputs],
    ['the image', service('environment: { A: 1, B: 2 }'), { ...inputs, imageId: 'sha256:2' }],
    ['a secret', service('environment: { A: 1, B: 2 }'), { ...inputs, secrets: { a: '11', b: '23' } }],
    ['an input', service('environment: { A: 1, B: 2 }'), { ...inputs, inputs: 'x' }],
  ])('changes with %s', (_, changed, changedInputs) => {
    expect(configHash(changed, changedInputs)).not.toBe(hash);
  });

  it('stays what it was: a new one would recreate every container in the field', () => {
    expect(hash).toBe(HASH);
  });
});

const HASH = 'c10484f164b44fea2c7c4051db8012a35517eca758367fcea631501b12783dd1';

const container = (state: string, configHash = 'h') => ({ id: 'c1', state, configHash });

describe('planContainer', () => {
  it.each([
    [undefined, 'create'],
    [container('running'), 'keep'],
    [container('exited'), 'start'],
    [container('created'), 'start'],
    [container('paused'), 'unpause'],
    [container('restarting'), 'watch'],
    [container('restarting', 'other'), 'recreate'],
    [container('dead'), 'recreate'],
    [container('removing'), 'recreate'],
    [container('running', 'other'), 'recreate'],
  ])('%j: %s', (observed, action) => expect(planContainer(observed, 'h').action).toBe(action));

  it.each([
    [0, 'awaited', 'keep'],
    [0, 'allowed', 'keep'],
    [0, undefined, 'start'],
    [4, 'awaited', 'start'],
  ] as const)('one that ended with %s and is %s to: %s', (exitCode, ends, action) => {
    expect(planContainer({ ...container('exited'), exitCode }, 'h', ends).action).toBe(action);
    expect(planContainer({ ...container('exited', 'other'), exitCode }, 'h', ends).action).toBe('recreate');
  });
});
