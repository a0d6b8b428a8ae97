import type { Stack } from '../../../stack/compose/stack';
import { describeWithEngine, engine, TestStack } from './real-engine';

jest.setTimeout(120_000);

describeWithEngine('a service that ends at its start', () => {
  const test = new TestStack();
  const text = `
name: onex-${test.environment}
services:
  base:
    image: node:20-alpine
    command: [node, -e, 'process.on("SIGTERM", process.exit); setInterval(() => {}, 1e6)']
  app:
    image: node:20-alpine
    command: [node, -e, process.exit(1)]
    depends_on: [base]
    ports: ['127.0.0.1:\${GREETER_PORT}:80']
    x-onex: { ready: { protocol: http, port: 80 } }
`;
  let stack: Stack;
  beforeAll(async () => {
    stack = (await test.prepare()).parse(text);
  });
  afterAll(() => test.remove(stack));

  it('is refused, unless what it stands on was lost: then it may be tried again', async () => {
    await test.up(stack, ['base']);
    const up = () => test.up(stack, ['app']);
    await expect(up()).rejects.toMatchObject({ type: 'Refused' });
    const base = engine.getContainer(`${stack.name}-base-1`);
    const lost = {
      type: 'Unavailable',
      message: 'app ended before it was ready, because base was not running.',
      details: [{ lost: { kind: 'service', service: 'base' } }],
    };
    await base.stop();
    await expect(up()).rejects.toMatchObject(lost);
    await base.remove();
    await expect(up()).rejects.toMatchObject(lost);
  });
});
