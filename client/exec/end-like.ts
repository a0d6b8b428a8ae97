import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { ChildEnd } from './child-end';

/**
 * Ends this process as the child ended: with its exit code, or by the same signal, so that a shell sees 128 + n and
 * knows that Ctrl-C was meant for it too. Nothing runs after it: clean up and print before.
 */
export function endLike(end: ChildEnd): never {
  if (end.kind === 'signalled') dieBy(end.signal);
  return process.exit(end.code);
}

function dieBy(signal: NodeJS.Signals): never {
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
