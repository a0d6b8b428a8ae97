import { spawn, type ChildProcess } from 'node:child_process';
import type { ChildEnd } from './child-end';
import { passSignals } from './pass-signals';
import { environmentProblem, startProblem } from './start-problem';

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
  const unusable = environmentProblem(command, env);
  if (unusable) return unusable;
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
