import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { ensureEngine } from '../../../stack/engine/ensure-engine';
import { describeWithEngine } from './real-engine';

const stateDir = `${tmpdir()}/onex-bootstrap-test-engine`;

describeWithEngine('ensureEngine', () => {
  it('finds, starts or installs an engine, and then finds it', async () => {
    const first = await ensureEngine({ stateDir });
    expect(first.version).toMatch(/^\d+\./);
    expect(await ensureEngine({ stateDir })).toEqual({ version: first.version, action: 'found' });
  }, 180_000);
});

describe('ensureEngine without an engine', () => {
  it.each(['unix:///nowhere/docker.sock', 'tcp://127.0.0.1:1', '127.0.0.1:1'])(
    'names a DOCKER_HOST that is dead (%s) and installs nothing',
    async (host) => {
      await expect(ensureEngine({ engine: { host }, stateDir })).rejects.toMatchObject({
        type: 'MissingPrerequisite',
        message: expect.stringContaining(`No Docker Engine answers at DOCKER_HOST=${host} (`),
      });
    },
  );

  it('refuses a DOCKER_HOST that is no address', async () => {
    await expect(ensureEngine({ engine: { host: 'ftp://host' }, stateDir })).rejects.toMatchObject({
      type: 'BadInput',
    });
  });

  const socketPath = '/nowhere/docker.sock';
  it.each([
    [
      { isRoot: false, isDebian: true, hasDockerd: false },
      'sudo apt-get update\n  sudo apt-get install -y --no-install-recommends docker.io',
    ],
    [{ isRoot: false, isDebian: true, hasDockerd: true }, 'sudo systemctl start docker'],
    [{ isRoot: true, isDebian: false, hasDockerd: false }, 'curl -fsSL https://get.docker.com | sudo sh'],
  ])('says what to run on a machine where it may not (%j)', async (machine, commands) => {
    await expect(ensureEngine({ stateDir, machine, socketPath })).rejects.toMatchObject({
      type: 'MissingPrerequisite',
      message: expect.stringContaining(commands),
    });
  });

  it('does not take a host from the environment', () => {
    const script = `const Docker = require('dockerode'); const d = new Docker({ socketPath: '/x', host: '' }); console.log(d.modem.host, d.modem.socketPath)`;
    const { stdout } = spawnSync(process.execPath, ['-e', script], {
      encoding: 'utf8',
      env: { DOCKER_HOST: 'tcp://1.2.3.4:5', PATH: '' },
    });
    expect(stdout.trim()).toBe('/x');
  });
});
