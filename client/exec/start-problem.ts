import { existsSync } from 'node:fs';
import type { NotStarted } from './child-end';

const notStarted = (code: 126 | 127, command: string, reason: string): NotStarted => ({
  kind: 'not started',
  code,
  message: `${command} cannot be started: ${reason}`,
});

/** Why no process can have this environment; undefined where it can. */
export function environmentProblem(command: string, env: Record<string, string>): NotStarted | undefined {
  // Node would say so in a message that holds the value
  const split = Object.keys(env).filter((name) => name.includes('\0') || env[name]?.includes('\0'));
  const unnamed = Object.keys(env).filter((name) => name === '' || name.includes('='));
  if (split.length > 0)
    return notStarted(126, command, `no variable can hold a NUL character, as ${split.join(', ')} does.`);
  if (unnamed.length > 0)
    return notStarted(
      126,
      command,
      `no variable can be named ${unnamed.map((name) => `"${name}"`).join(', ')}.`,
    );
  return undefined;
}

/** Says why the system refused to start a command. */
export function startProblem(command: string, env: Record<string, string>, error: unknown): NotStarted {
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
