import { execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const esbuild = join(__dirname, '..', '..', '..', 'node_modules', '.bin', 'esbuild');

/** The program under test, built once per test file: `node <path> command args…`. */
export function buildProgram(): { path: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'onex-exec-'));
  const path = join(folder, 'exec-program.js');
  const source = join(__dirname, 'exec-program.ts');
  const options = ['--bundle', '--platform=node', '--log-level=error', `--outfile=${path}`];
  execFileSync(esbuild, [source, ...options]);
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}

/** A process, what it printed, and how it ended. */
export function start(command: string, args: string[], options: SpawnOptions = {}) {
  const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const output = () => Buffer.concat(stdout).toString();
  const ended = new Promise<{ code: number | null; signal: string | null; stdout: Buffer; stderr: string }>(
    (resolve) =>
      child.on('close', (code, signal) =>
        resolve({ code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
      ),
  );
  const printed = (pattern: RegExp) =>
    until(() => pattern.exec(output()) ?? undefined, String(pattern), output);
  return { pid: child.pid ?? 0, stdin: child.stdin, output, ended, printed, kill: child.kill.bind(child) };
}

/** The first value of `probe` that is not undefined, asked every 10 ms for 10 s. */
export async function until<T>(
  probe: () => T | undefined,
  what: string,
  context: () => string = () => '',
): Promise<T> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(10)) {
    const found = probe();
    if (found !== undefined) return found;
  }
  throw new Error(`not within 10 s: ${what}\n${context()}`);
}

/** Whether the process is stopped (`T`), as by Ctrl-Z. */
export function isStopped(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .startsWith('T');
}

/** A child that prints its process id and every signal that it gets, a line each. */
export const COUNTER = `
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT'])
  process.on(signal, () => process.stdout.write('got ' + signal + '\\n'));
setTimeout(() => process.exit(1), 15_000); // not for ever, where a test failed
process.stdout.write('child ' + process.pid + ' ready\\n');`;
