import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { drained } from '../drained';
import { passSignals } from './pass-signals';

/**
 * How a child ended. A real-time signal (34 to 64) is the one end that Node cannot tell: it says that the child exited
 * with 0.
 */
export type ChildEnd =
  | { kind: 'exited'; code: number }
  | { kind: 'signalled'; signal: NodeJS.Signals }
  | NotStarted;

/** As a shell and `env` have it: 127 not found, 126 found but not to be run, 125 not tried. The message holds no value. */
interface NotStarted {
  kind: 'not started';
  code: 125 | 126 | 127;
  message: string;
}

/**
 * Runs a command without a shell, with exactly this environment, and waits until it has ended. It shares our
 * terminal, streams and process group, and gets our signals; meanwhile no other listener of ours does.
 */
export async function runChild(
  command: string,
  args: string[],
  env: Record<string, string>,
): Promise<ChildEnd> {
  // not process.execve: Node 20 has none, and two ways to run a child are twice the ways to end
  const unusable = environmentProblem(env);
  if (unusable !== undefined) return notStarted(126, command, unusable);
  let child: ChildProcess | undefined;
  const stopPassing = passSignals((signal) => void child?.kill(signal));
  try {
    child = spawn(command, args, { env, stdio: 'inherit' });
    return await endOf(child);
  } catch (error) {
    return startProblem(command, env, error);
  } finally {
    stopPassing();
  }
}

/**
 * Ends this process as the child ended: with its exit code, or by the same signal, so that a shell sees 128 + n and
 * knows that Ctrl-C was meant for it too. Nothing runs after it: clean up and print before.
 */
export async function endLike(end: ChildEnd): Promise<never> {
  await drained();
  if (end.kind !== 'signalled') return process.exit(end.code);
  const { signal } = end;
  try {
    writeFileSync('/proc/self/coredump_filter', '0'); // a core file of ours would hold the secrets
  } catch {
    // no Linux
  }
  if (signal !== 'SIGKILL') {
    process.on(signal, () => {}); // Node ignores some (SIGPIPE): taking the last listener away makes it the default
    process.removeAllListeners(signal);
  }
  process.kill(process.pid, signal);
  return process.exit(128 + constants.signals[signal]);
}

function endOf(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      // a child of another user (sudo) may not be sent a signal, which is an error event too
      if (child.pid === undefined) reject(error);
    });
    child.on('exit', (code, signal) =>
      resolve(signal === null ? { kind: 'exited', code: code ?? 1 } : { kind: 'signalled', signal }),
    );
  });
}

const notStarted = (code: 126 | 127, command: string, reason: string): NotStarted => ({
  kind: 'not started',
  code,
  message: `${command} cannot be started: ${reason}`,
});

/** Why no process can have this environment; undefined where it can. Node would say so in a message that holds the value. */
function environmentProblem(env: Record<string, string>): string | undefined {
  const names = Object.keys(env);
  const split = names.filter((name) => name.includes('\0') || env[name]?.includes('\0'));
  if (split.length > 0) return `no variable can hold a NUL character, as ${split.join(', ')} does.`;
  const unnamed = names.filter((name) => name === '' || name.includes('=')).map((name) => `"${name}"`);
  return unnamed.length > 0 ? `no variable can be named ${unnamed.join(', ')}.` : undefined;
}

function startProblem(command: string, env: Record<string, string>, error: unknown): NotStarted {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  const isPath = command.includes('/');
  switch (code) {
    case 'ENOENT':
      if (isPath && existsSync(command))
        return notStarted(127, command, 'there is no such interpreter as its first line names.');
      return notStarted(127, command, isPath ? 'there is no such file.' : 'no such command is on its PATH.');
    case 'EACCES':
      return notStarted(126, command, 'it is not executable for this user (chmod +x), or no file.');
    case 'E2BIG':
      return notStarted(126, command, `its arguments and environment are too large: ${largest(env)}.`);
    default:
      return notStarted(126, command, `${code}.`);
  }
}

function largest(env: Record<string, string>): string {
  const sizes = Object.entries(env).map(([name, value]) => ({ name, bytes: Buffer.byteLength(value) }));
  const { name, bytes } = sizes.reduce((a, b) => (b.bytes > a.bytes ? b : a), { name: 'none', bytes: 0 });
  const total = sizes.reduce((sum, size) => sum + size.bytes, 0);
  return `${sizes.length} variables of ${total} bytes, the largest, ${name}, of ${bytes} (Linux allows 128 KiB for one, and usually 2 MiB for all)`;
}
