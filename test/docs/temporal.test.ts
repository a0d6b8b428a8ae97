import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Installation } from '../support/installation';
import { readCommands } from '../support/read-commands';

const root = join(__dirname, '..', '..');

describe('the page on Temporal', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await Installation.create();
    const worker = installation.start('worker');
    await worker.says('Ctrl-C stops it');
  }, 120_000);
  afterAll(() => installation.remove(), 120_000);

  const commands = readCommands(readFileSync(join(root, 'docs', 'temporal.md'), 'utf8'));

  it.each(commands)(
    '%s ends well beside a worker',
    (command) => {
      const path = [join(root, 'bin'), dirname(process.execPath), installation.env['PATH']].join(':');
      const own = command.replace(/\bdev\b/g, installation.environment);
      const { status, stdout, stderr } = spawnSync('bash', ['-c', own], {
        cwd: installation.stateDir,
        env: { ...installation.env, PATH: path },
        timeout: 280_000,
      });
      const said = status === 0 ? '' : `${stdout.toString()}${stderr.toString()}`;
      expect({ status, said }).toEqual({ status: 0, said: '' });
    },
    300_000,
  );
});
