import { spawn } from 'node:child_process';

/** What long work takes from its caller: a way to end it, and somewhere to say what it does. */
export interface Progress {
  signal?: AbortSignal | undefined;
  onProgress?: ((line: string) => void) | undefined;
}

export interface CommandResult {
  code: number;
  stdout: string;
  /** Both streams, in the order in which they came. */
  output: string;
}

interface CommandOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Its standard input; without one it has none. */
  input?: string;
  signal?: AbortSignal | undefined;
}

/** Runs a program to its end without a shell. A non-zero end is a result, not an error; a missing program is an error. */
export function runCommand(
  program: string,
  args: string[],
  { cwd, env, input, signal }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd, env, signal });
    child.stdin.on('error', () => undefined).end(input); // one that does not read it ends before
    let [stdout, output] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}
