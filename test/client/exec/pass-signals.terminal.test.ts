import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildProgram, COUNTER, isStopped, start, until } from './exec-process';

const CTRL_C = '\x03';
const CTRL_BACKSLASH = '\x1c';
const CTRL_Z = '\x1a';

// `script` of util-linux gives a terminal; that of other systems has other options.
(hasScript() ? describe : describe.skip)('passSignals in a terminal', () => {
  let program: ReturnType<typeof buildProgram>;
  beforeAll(() => {
    program = buildProgram();
  });
  afterAll(() => program.remove());

  /** A command in the foreground of a new terminal; what is written to `stdin` is typed. */
  const typed = (command: string, env: Record<string, string> = {}) =>
    start('script', ['-qefc', command, '/dev/null'], { env: { ...process.env, SHELL: '/bin/sh', ...env } });
  const counter = () => ({ NODE: process.execPath, PROGRAM: program.path, COUNTER });
  // with `exec`: a shell that stayed would get the signals of the terminal too, and some end by them
  const COMMAND = '"$NODE" "$PROGRAM" "$NODE" -e "$COUNTER"';
  const pidOf = async (running: ReturnType<typeof start>) =>
    Number((await running.printed(/child (\d+) ready/))[1]);

  it.each([
    ['Ctrl-C', CTRL_C, 'SIGINT'],
    ['Ctrl-\\', CTRL_BACKSLASH, 'SIGQUIT'],
  ])('leaves %s to the terminal: the child gets it exactly once', async (_, key, signal) => {
    const running = typed(`exec ${COMMAND}`, counter());
    const pid = await pidOf(running);
    for (let round = 1; round <= 5; round++) {
      running.stdin.write(key);
      await running.printed(new RegExp(`(got ${signal}[^]*){${round}}`));
    }
    await sleep(200);
    expect(running.output().split(`got ${signal}`)).toHaveLength(6);
    process.kill(pid, 'SIGKILL');
    expect(await running.ended).toMatchObject({ code: 137 });
  });

  it('passes SIGTERM and SIGHUP on exactly once', async () => {
    const running = typed(`exec ${COMMAND}`, counter());
    const pid = await pidOf(running);
    const parent = Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)]).toString());
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      process.kill(parent, signal);
      await running.printed(new RegExp(`got ${signal}`));
    }
    await sleep(200);
    expect(running.output().match(/got \w+/g)).toEqual(['got SIGTERM', 'got SIGHUP']);
    process.kill(pid, 'SIGKILL');
    await running.ended;
  });

  it('passes SIGINT on exactly once from the background of a terminal', async () => {
    const running = typed('bash --norc -i', { ...counter(), PS1: '' });
    running.stdin.write(`${COMMAND} & echo "parent=$!"\n`);
    const [, parent] = await running.printed(/parent=(\d+)/);
    const pid = await pidOf(running);
    process.kill(Number(parent), 'SIGINT');
    await running.printed(/got SIGINT/);
    await sleep(200);
    expect(running.output().split('got SIGINT')).toHaveLength(2);
    process.kill(pid, 'SIGKILL');
    running.stdin.end('wait; exit\n');
    await running.ended;
  });

  it('stops with Ctrl-Z, continues with fg, and dies of Ctrl-C so that the shell sees it', async () => {
    const running = typed('bash --norc -i', { NODE: process.execPath, PROGRAM: program.path, PS1: '' });
    running.stdin.write(`"$NODE" "$PROGRAM" sh -c 'echo "child $$ ready"; exec sleep 60'; echo "code=$?"\n`);
    const pid = Number((await running.printed(/child (\d+) ready/))[1]);
    const parent = Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)]).toString());
    for (let round = 1; round <= 2; round++) {
      running.stdin.write(CTRL_Z);
      await until(() => (isStopped(pid) && isStopped(parent)) || undefined, 'both stopped', running.output);
      await running.printed(new RegExp(`(Stopped[^]*){${round}}`));
      running.stdin.write('fg\n');
      await until(() => (!isStopped(pid) && !isStopped(parent)) || undefined, 'both go on', running.output);
    }
    running.stdin.write(CTRL_C);
    await until(() => (isGone(pid) && isGone(parent)) || undefined, 'both gone', running.output);
    running.stdin.end('echo "code=$?"\nexit\n');
    await running.printed(/code=130/);
    await running.ended;
  });

  it('lets the child read what is typed, and set the size and modes of the terminal', async () => {
    const script = 'stty size; read line; echo "read $line"';
    const running = typed(`"$NODE" "$PROGRAM" sh -c '${script}'`, counter());
    await running.printed(/\d+ \d+/);
    running.stdin.write('some text\n');
    await running.printed(/read some text/);
    expect(await running.ended).toMatchObject({ code: 0 });
  });
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { stdio: 'pipe' }).toString().includes('util-linux');
  } catch {
    return false;
  }
}
