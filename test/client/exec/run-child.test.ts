import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../environment/files/temporary-folder';
import { buildProgram, COUNTER, start } from './exec-process';

let program: ReturnType<typeof buildProgram>;
beforeAll(() => {
  program = buildProgram();
});
afterAll(() => program.remove());

describe('runChild', () => {
  const exec = (args: string[], options: Parameters<typeof start>[2] = {}) =>
    start(process.execPath, [program.path, ...args], options);

  /** Runs with more variables than those of the test, given in a file so that no test passes them another way. */
  async function execWith(env: Record<string, string>, args: string[], folder: string) {
    const file = join(folder, 'environment.json');
    await writeFile(file, JSON.stringify(env));
    return exec(args, { env: { ...process.env, EXEC_PROGRAM_ENVIRONMENT: file } });
  }

  it('passes arguments as they are, without a shell', async () => {
    const odd = ['', ' ', '$HOME', '*', '`id`', '"', "'", 'a\nb', '\\', '--', 'ключ🔑', '; exit 3'];
    const script = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
    const { stdout, code } = await exec([process.execPath, '-e', script, '--', ...odd]).ended;
    expect(JSON.parse(stdout.toString())).toEqual(odd);
    expect(code).toBe(0);
  });

  it('passes input and output byte by byte, and keeps the two outputs apart', async () => {
    const bytes = randomBytes(3_000_000);
    const running = exec(['sh', '-c', 'cat; echo problem >&2']);
    running.stdin.end(bytes);
    const { stdout, stderr } = await running.ended;
    expect(stdout.equals(bytes)).toBe(true);
    expect(stderr).toBe('problem\n');
  });

  it('gives exactly the environment: thousands of variables, any text', async () => {
    await using folder = await temporaryFolder();
    const env: Record<string, string> = {
      EMPTY: '',
      LINES: 'a\nb\r\n\n',
      QUOTES: `'"\`$X \${X} \\ \\n`,
      UNICODE: 'пароль 🔑 \u2028 \u0001',
      'dotted.name-with/signs': '=a=b=',
      LARGE: 'x'.repeat(100_000),
    };
    for (let index = 0; index < 5000; index++) env[`VARIABLE_${index}`] = `value ${index}`;
    const script = 'process.stdout.write(JSON.stringify(process.env))';
    const { stdout } = await (await execWith(env, [process.execPath, '-e', script], folder.path)).ended;
    expect(JSON.parse(stdout.toString())).toEqual({ ...env, PATH: process.env['PATH'] });
  });

  it('shows the environment to the owner only, and in no argument', async () => {
    await using folder = await temporaryFolder();
    const running = await execWith({ CANARY: 'canary-51c8' }, [process.execPath, '-e', COUNTER], folder.path);
    const [, pid] = await running.printed(/child (\d+) ready/);
    expect(await readFile(`/proc/${pid}/environ`, 'latin1')).toContain('canary-51c8');
    expect((await stat(`/proc/${pid}/environ`)).mode & 0o777).toBe(0o400);
    for (const process of [pid, running.pid])
      expect(await readFile(`/proc/${process}/cmdline`, 'latin1')).not.toContain('canary-51c8');
    process.kill(Number(pid), 'SIGKILL');
    await running.ended;
  });

  it('leaves the child in the same process group and session', async () => {
    const running = exec([process.execPath, '-e', COUNTER]);
    const [, pid] = await running.printed(/child (\d+) ready/);
    const group = async (of: number) =>
      (await readFile(`/proc/${of}/stat`, 'utf8'))
        .replace(/^.*\) /, '')
        .split(' ')
        .slice(2, 4);
    expect(await group(Number(pid))).toEqual(await group(running.pid));
    process.kill(Number(pid), 'SIGKILL');
    await running.ended;
  });

  it('says what was not found, and ends with 127', async () => {
    await using folder = await temporaryFolder();
    const script = join(folder.path, 'script');
    await writeFile(script, '#!/no/such/interpreter\n', { mode: 0o755 });
    const cases = [
      ['no-such-command-51c8', 'no-such-command-51c8 cannot be started: no such command is on its PATH.'],
      ['./no/such/file', './no/such/file cannot be started: there is no such file.'],
      [script, `${script} cannot be started: there is no such interpreter as its first line names.`],
    ] as const;
    for (const [command, message] of cases)
      expect(await exec([command]).ended).toMatchObject({ code: 127, stderr: `${message}\n` });
  });

  it('says what cannot be executed, and ends with 126', async () => {
    await using folder = await temporaryFolder();
    const text = join(folder.path, 'text');
    await writeFile(text, 'text');
    await chmod(text, 0o644);
    for (const command of [text, folder.path])
      expect(await exec([command]).ended).toMatchObject({
        code: 126,
        stderr: `${command} cannot be started: it is not executable for this user (chmod +x), or no file.\n`,
      });
  });

  it('says which variable no process can have, without its value', async () => {
    await using folder = await temporaryFolder();
    const cases: [Record<string, string>, RegExp][] = [
      [
        { KEY: 'canary\0value' },
        /^true cannot be started: no variable can hold a NUL character, as KEY does\.\n$/,
      ],
      [{ 'PATH=/evil': 'canary' }, /^true cannot be started: no variable can be named "PATH=\/evil"\.\n$/],
      [
        { LARGE: 'canary'.repeat(30_000) },
        /too large: 2 variables of \d+ bytes, the largest, LARGE, of 180000 /,
      ],
    ];
    for (const [env, message] of cases) {
      const { code, stderr } = await (await execWith(env, ['true'], folder.path)).ended;
      expect(code).toBe(126);
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('canary');
    }
  });

  it('ends, and does not hang, where the reader of its output is gone or its directory was removed', async () => {
    const pipe = '"$0" "$1" yes | head -n 1; echo "${PIPESTATUS[@]}"';
    const { stdout } = await start('bash', ['-c', pipe, process.execPath, program.path]).ended;
    expect(stdout.toString()).toBe('y\n141 0\n');
    await using folder = await temporaryFolder();
    const gone = join(folder.path, 'gone');
    await mkdir(gone);
    const running = start('sh', ['-c', 'read go; exec "$0" "$1" true', process.execPath, program.path], {
      cwd: gone,
    });
    await rmdir(gone);
    running.stdin.end('go\n');
    expect(await running.ended).toMatchObject({ code: 0 });
  });
});

describe('endLike', () => {
  const exec = (script: string) => start(process.execPath, [program.path, 'sh', '-c', script]).ended;

  it.each([0, 1, 7, 99, 126, 127, 137, 255])('ends with the exit code %i of the child', async (code) => {
    expect(await exec(`exit ${code}`)).toMatchObject({ code, signal: null, stderr: '' });
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGKILL', 137],
    ['SIGSEGV', 139],
    ['SIGABRT', 134],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
    ['SIGHUP', 129],
    ['SIGPIPE', 141],
    ['SIGUSR1', 138],
    ['SIGXFSZ', 153],
    ['SIGSYS', 159],
  ])('dies of %s as the child did, so that a shell sees %i', async (signal, seen) => {
    const script = `ulimit -c 0; kill -${signal.slice(3)} $$`;
    expect(await exec(script)).toMatchObject({ code: null, signal });
    const shell = ['-c', '"$@"; echo "code $?"', 'sh', process.execPath, program.path, 'sh', '-c', script];
    expect((await start('bash', shell).ended).stdout.toString()).toBe(`code ${seen}\n`);
  });

  (leavesCores() ? it : it.skip)('leaves no memory of its own in a core file', async () => {
    await using folder = await temporaryFolder();
    const canary = { EXEC_PROGRAM_CANARY: 'canary-77a0' };
    const script = 'ulimit -c unlimited; exec "$0" "$1" sh -c "ulimit -c 0; kill -SEGV \\$\\$"';
    const running = start('bash', ['-c', script, process.execPath, program.path], {
      cwd: folder.path,
      env: { ...process.env, ...canary },
    });
    expect(await running.ended).toMatchObject({ signal: 'SIGSEGV' });
    const cores = readdirSync(folder.path).filter((name) => name.startsWith('core'));
    expect(cores).toHaveLength(1);
    expect(readFileSync(join(folder.path, cores[0] ?? ''), 'latin1')).not.toContain('canary-77a0');
  });
});

/** Elsewhere the kernel hands core files to a program, or makes none. */
function leavesCores(): boolean {
  const pattern = existsSync('/proc/sys/kernel/core_pattern')
    ? readFileSync('/proc/sys/kernel/core_pattern', 'utf8')
    : '';
  const limit = execFileSync('bash', ['-c', 'ulimit -Hc']).toString();
  return /^core[^/|]*\n$/.test(pattern) && limit.trim() !== '0';
}
