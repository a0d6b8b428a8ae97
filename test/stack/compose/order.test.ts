import { dependenciesOf, findCycle, startOrder, outlineStack } from '../../../stack/compose/order';
import { parseStack } from '../../../stack/compose/parse-stack';

const { project, services } = outlineStack(
  parseStack(
    `
name: onex
services:
  app:
    image: x
    profiles: [runtime]
    depends_on: [api]
    ports: ['127.0.0.1:80:80']
    x-onex: { nodes: '*', ready: { protocol: http, port: 80, path: /health } }
  api: { image: x, depends_on: [db, cache] }
  db:
    image: x
    ports: ['127.0.0.1:5436:5432']
    x-onex: { ready: { protocol: postgres, port: 5432, user: infisical, database: x } }
  cache: { image: x }
`,
    { lookup: () => undefined },
  ),
);

it('an outline has what a workflow needs: names, profiles, order and what ready means', () => {
  expect(project).toBe('onex');
  expect(services).toEqual([
    {
      name: 'app',
      profiles: ['runtime'],
      dependsOn: ['api'],
      readyWhen: 'an answer from http://127.0.0.1:80/health',
    },
    { name: 'api', profiles: [], dependsOn: ['db', 'cache'], readyWhen: 'it runs' },
    {
      name: 'db',
      profiles: [],
      dependsOn: [],
      readyWhen: 'a login as infisical on 127.0.0.1:5436',
    },
    { name: 'cache', profiles: [], dependsOn: [], readyWhen: 'it runs' },
  ]);
});

describe('startOrder', () => {
  it('puts a service after everything that it depends on', () => {
    expect(startOrder(services, ['runtime'])).toEqual([['db', 'cache'], ['api'], ['app']]);
  });

  it('leaves services of other profiles out', () => {
    expect(startOrder(services)).toEqual([['db', 'cache'], ['api']]);
  });
});

it('dependenciesOf names everything that a service depends on, in the order of its start', () => {
  expect(dependenciesOf(services, 'app')).toEqual(['db', 'cache', 'api']);
  expect(dependenciesOf(services, 'db')).toEqual([]);
});

it('findCycle names a cycle, not what merely depends on one', () => {
  const service = (name: string, ...dependsOn: string[]) => ({ name, profiles: [], dependsOn });
  const [a, b, c] = [service('a', 'b'), service('b', 'd', 'c'), service('c', 'b')];
  expect(findCycle([a, b, c, service('d')])).toEqual(['b', 'c', 'b']);
  expect(findCycle([a, service('b', 'unknown')])).toBeUndefined();
  expect(findCycle([service('a', 'a')])).toEqual(['a', 'a']);
});
