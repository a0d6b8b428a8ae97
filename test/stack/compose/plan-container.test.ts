import { planContainer } from '../../../stack/compose/plan-container';

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
});
