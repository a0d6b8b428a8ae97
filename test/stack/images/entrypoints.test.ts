import { runCommand } from '../../../stack/engine/run-command';
import { describeWithEngine, TestStack } from '../engine/real-engine';

jest.setTimeout(180_000);

describeWithEngine('the local images, as the official ones', () => {
  const test = new TestStack();
  let images: Awaited<ReturnType<TestStack['localImages']>>;
  beforeAll(async () => {
    const stack = (await test.prepare()).parse();
    images = await test.localImages(stack, Object.keys(stack.services));
  });

  const run = async (service: string, options: string[], ...command: string[]) => {
    const { code, output } = await runCommand('docker', [
      ...['run', '--rm', '--network', 'none', ...options],
      images[service]!.ref,
      ...command,
    ]);
    return { code, output: output.trim() };
  };

  it('run other commands as they are', async () => {
    expect(await run('postgres', [], 'postgres', '--version')).toMatchObject({
      output: expect.stringContaining('17.'),
    });
    expect(await run('postgres', [], 'id', '-u')).toEqual({ code: 0, output: '0' });
    expect(await run('valkey', [], 'valkey-server', '--version')).toMatchObject({ code: 0 });
    expect(await run('valkey', [], 'redis-server', '--version')).toMatchObject({ code: 0 });
    expect(await run('infisical', [], 'npm', 'run', 'migration:latest')).toEqual({ code: 0, output: '' });
    expect(await run('infisical', [], 'npm', 'install')).toMatchObject({ code: 127 });
    expect(await run('greeter', [], '-p', '1 + 1')).toEqual({ code: 0, output: '2' });
    expect(await run('greeter', [], 'sh', '-c', 'echo hello')).toEqual({ code: 0, output: 'hello' });
    expect(await run('infisical', [], 'sh', '-c', 'id -u; pwd; test -x ./standalone-entrypoint.sh')).toEqual({
      code: 0,
      output: '1001\n/backend',
    });
  });

  it('postgres needs one password, from one place', async () => {
    expect(await run('postgres', [])).toEqual({
      code: 1,
      output: expect.stringContaining('no superuser password is set'),
    });
    expect(await run('postgres', ['-e', 'POSTGRES_PASSWORD=a', '-e', 'POSTGRES_PASSWORD_FILE=/b'])).toEqual({
      code: 1,
      output: expect.stringContaining('both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are set'),
    });
  });

  it('postgres keeps the password out of its server, and stops at once', async () => {
    const name = `${test.environment}-pg`;
    const docker = async (...args: string[]) => (await runCommand('docker', args)).output.trim();
    await docker(
      'run',
      '-d',
      '--rm',
      '--name',
      name,
      '-e',
      'POSTGRES_PASSWORD=canary-1',
      '-e',
      'POSTGRES_DB=my"db',
      images['postgres']!.ref,
    );
    try {
      let list = '';
      for (let i = 0; i < 200 && !list.includes('my"db'); i++)
        list = await docker(
          'exec',
          name,
          'psql',
          '-U',
          'postgres',
          '-Atc',
          'select datname from pg_database',
        );
      expect(list).toContain('my"db');
      expect(await docker('exec', '-u', 'postgres', name, 'cat', '/proc/1/environ')).not.toContain(
        'canary-1',
      );
      expect(await docker('exec', name, 'id', '-u', 'postgres')).toBe('999');
    } finally {
      const before = Date.now();
      await docker('stop', name);
      expect(Date.now() - before).toBeLessThan(5_000);
    }
  });
});
