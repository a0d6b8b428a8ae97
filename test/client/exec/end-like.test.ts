import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../environment/files/temporary-folder';
import { buildProgram, start } from './exec-process';

describe('endLike', () => {
  let program: ReturnType<typeof buildProgram>;
  beforeAll(() => {
    program = buildProgram();
  });
  afterAll(() => program.remove());

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
