import { createServer } from 'node:net';
import { join } from 'node:path';
import { wordsOf } from '../../../contracts/core/foreign-words';
import { ensureService } from '../../../stack/engine/ensure-service';
import { observeStack } from '../../../stack/engine/observe-stack';
import { removeStack } from '../../../stack/engine/remove-stack';
import { describeWithEngine, engine, TestStack } from './real-engine';

jest.setTimeout(180_000);

describeWithEngine('a service that cannot run', () => {
  const test = new TestStack();
  let port: string;
  const text = (command: string) => `
name: onex-${test.environment}
services:
  app:
    image: node:20-alpine
    command: ${command}
    restart: always
    ports: ['127.0.0.1:\${GREETER_PORT}:80']
    secrets: [token]
    x-onex: { ready: { protocol: http, port: 80, timeout: 2s } }
secrets:
  token:
    file: ${join(test.dir, 'token')}
    x-onex: { generate: hex-32 }
`;
  const stackOf = (script: string) => test.parse(text(JSON.stringify(['node', '-e', script])));
  const SERVE =
    'require("http").createServer((q, s) => s.end()).listen(80); process.on("SIGTERM", () => process.exit())';
  beforeAll(async () => {
    await test.prepare();
    port = test.variables['GREETER_PORT']!;
  });
  afterAll(() => test.remove(stackOf('')));

  it('is reported with what its log speaks of, carries its last lines, and is left stopped', async () => {
    const stack = stackOf(
      'console.error("invalid password " + require("fs").readFileSync("/run/secrets/token")); process.exit(3)',
    );
    const failure = await test.up(stack).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      type: 'Refused',
      message: 'app ended with code 3 before it was ready. Its log speaks of a refused password.',
    });
    expect(wordsOf(failure)).toEqual([
      { of: 'app', text: expect.stringMatching(/^invalid password [0-9a-f]{32}/) },
    ]);
    const [row] = await observeStack(engine, stack, test);
    expect(row).toMatchObject({ state: 'stopped' });
  });

  it('may be tried again where somebody killed it at its start, and the engine starts it again', async () => {
    const stack = stackOf('setInterval(() => {}, 1e6)');
    for (let kill = 1; kill <= 5; kill++) {
      const starting = test.up(stack).catch((error: unknown) => error);
      const name = `${stack.name}-app-1`;
      const pid = async () =>
        (
          await engine
            .getContainer(name)
            .inspect()
            .catch(() => undefined)
        )?.State.Pid ?? 0;
      let found = 0;
      while (found === 0) found = await pid();
      process.kill(found, 'SIGKILL');
      expect(await starting).toMatchObject({
        type: 'Unavailable',
        message: expect.stringMatching(/^app ended with code 137 before it was ready/),
      });
    }
  });

  it('is reported when it never answers', async () => {
    await expect(
      test.up(
        stackOf(
          'setInterval(() => {}, 1e6); process.on("SIGTERM", () => process.exit()); console.log("busy")',
        ),
      ),
    ).rejects.toMatchObject({
      type: 'Unavailable',
      message: expect.stringMatching(
        /^app is not ready after 2 s: no answer from http:.*\(no answer yet\)\.$/,
      ),
    });
  });

  it('names who holds its port, and leaves nothing behind', async () => {
    await removeStack(engine, test.owner(stackOf('')), { volumes: false });
    const holder = createServer().listen(Number(port), '127.0.0.1');
    await new Promise((ready) => holder.once('listening', ready));
    try {
      await expect(test.up(stackOf(SERVE))).rejects.toMatchObject({
        type: 'Refused',
        message: `Port 127.0.0.1:${port}, which app needs, is taken by process node (pid ${process.pid}). Stop that, or set GREETER_PORT to another port.`,
      });
      expect(await observeStack(engine, stackOf(SERVE), test)).toMatchObject([{ state: 'absent' }]);
    } finally {
      await new Promise((closed) => holder.close(closed));
    }
    expect(await test.up(stackOf(SERVE))).toMatchObject({ app: { action: 'created' } });
  });

  it('is stopped by its caller while it waits', async () => {
    const stack = stackOf('setInterval(() => {}, 1e6); process.on("SIGTERM", () => process.exit())');
    const images = await test.localImages(stack, ['app']);
    const { environment, stateDir } = test;
    const options = { environment, stateDir, image: images['app']! };
    await expect(
      ensureService(engine, stack, 'app', { ...options, signal: AbortSignal.timeout(1_000) }),
    ).rejects.toMatchObject({ name: expect.stringMatching(/Abort|Timeout/) });
  });

  it('does not touch a container of its name that is not ours', async () => {
    const stack = stackOf(SERVE);
    await removeStack(engine, test.owner(stack), { volumes: false });
    const images = await test.localImages(stack, ['app']);
    const foreign = await engine.createContainer({ name: `${stack.name}-app-1`, Image: images['app']!.ref });
    try {
      await expect(test.up(stack)).rejects.toMatchObject({
        type: 'Refused',
        message: expect.stringMatching(
          /was not made by onex-bootstrap\. If it is an Infisical .* --infisical URL\. Otherwise rename or remove it and run again: docker rename/,
        ),
      });
      expect(await observeStack(engine, stack, test)).toMatchObject([{ state: 'foreign', would: 'refuse' }]);
    } finally {
      await foreign.remove({ force: true });
    }
  });
});
