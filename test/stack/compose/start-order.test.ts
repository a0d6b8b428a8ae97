import { parseStack } from '../../../stack/compose/parse-stack';
import { startOrder } from '../../../stack/compose/start-order';

const stack = parseStack(
  `
name: onex
services:
  app: { image: x, profiles: [runtime], depends_on: [api] }
  api: { image: x, depends_on: [db, cache] }
  db: { image: x }
  cache: { image: x }
`,
  { lookup: () => undefined },
);

describe('startOrder', () => {
  it('puts a service after everything that it depends on', () => {
    expect(startOrder(stack, ['runtime'])).toEqual([['db', 'cache'], ['api'], ['app']]);
  });

  it('leaves services of other profiles out', () => {
    expect(startOrder(stack)).toEqual([['db', 'cache'], ['api']]);
  });
});
