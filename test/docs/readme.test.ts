import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Installation } from '../support/installation';
import { readCommands } from '../support/read-commands';

const root = join(__dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

describe('the README', () => {
  let installation: Installation;
  beforeAll(async () => (installation = await Installation.create()));
  afterAll(() => installation.remove(), 120_000);

  // `npm test` is what runs this.
  const commands = readCommands(readme).filter((command) => command !== 'npm test');

  it.each(commands)(
    '%s ends well on a machine of its own',
    (command) => {
      const env = {
        ...installation.env,
        ONEX_LOCAL_IMAGES: '',
        PATH: `${dirname(process.execPath)}:${installation.env['PATH']}`,
      };
      const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
        cwd: root,
        env,
        timeout: 540_000,
      });
      expect({
        status,
        said: status === 0 ? '' : `${stdout.toString()}${stderr.toString()}`.slice(-2_000),
      }).toEqual({
        status: 0,
        said: '',
      });
    },
    600_000,
  );

  it('links to pages that are there', () => {
    const pages = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path ?? '');
    expect(pages.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
