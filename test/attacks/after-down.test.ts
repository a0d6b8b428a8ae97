import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectExit, Installation } from '../support/installation';
import { describeWithEngine } from '../stack/engine/real-engine';

const MINUTES = 300_000;
const NOBODY = 65_534;
const example = join(__dirname, '..', '..', 'examples', 'onex');

describeWithEngine('a port of the stack after down', () => {
  let installation: Installation;
  let thief: ChildProcess | undefined;
  beforeAll(async () => {
    installation = await Installation.create();
    expectExit(0, await installation.run('up'));
    expectExit(0, await installation.run('down'));
  }, MINUTES);
  afterEach(() => thief?.kill('SIGKILL'));
  afterAll(() => installation.remove(), MINUTES);

  const readers = [
    ['secrets', 'get', '/shared/kafka/KAFKA_ACKS'],
    ['secrets', 'list'],
    ['exec', '--contracts', join(example, 'contracts'), '--service', 'billing', '--', 'true'],
  ];

  it.each([
    ['another user', NOBODY],
    ['another process of root, as of another stack', 0],
  ])(
    'gives no reader’s login to %s',
    async (_, uid) => {
      const port = Number(installation.variables['INFISICAL_EXTERNAL_PORT']);
      const code = `require('net').createServer((s) => { s.on('error', () => {}); s.on('data', (d) => process.stdout.write(d)); }).listen(${port}, '127.0.0.1', () => process.stdout.write('up '))`;
      thief = spawn(process.execPath, ['-e', code], { uid, gid: uid, cwd: '/' });
      let got = '';
      thief.stdout?.on('data', (chunk: Buffer) => (got += chunk.toString()));
      await once(thief.stdout!, 'data');
      for (const reader of readers) {
        const { code: ended, stderr } = await installation.run(...reader);
        expect([reader[0], ended]).not.toEqual([reader[0], 0]);
        expect(stderr).toMatch(/cannot be reached|nothing was sent/);
      }
      await sleep(100);
      expect(got).toBe('up ');
    },
    MINUTES,
  );
});
