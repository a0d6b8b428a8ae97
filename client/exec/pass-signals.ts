import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Sent to one process: the child would not get them without us. */
const OURS = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;
/** Sent by a terminal to its whole foreground group: there the child has them already. */
const OF_THE_TERMINAL = ['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT'] as const;

/**
 * Hands every signal that only we got to `pass`, exactly once, for the child, and lets none of them end us before it.
 * Listeners that were there are set aside until the returned function is called. To be called before the child starts.
 *
 * Node does not say who sent a signal: where we are in the foreground of a terminal, those of a terminal are taken for
 * typed, and `kill -INT` from elsewhere is not passed on.
 */
export function passSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  const passUnlessTyped = (signal: NodeJS.Signals) => {
    if (!isInForeground()) pass(signal);
  };
  const stop = (signal: NodeJS.Signals) => {
    passUnlessTyped(signal);
    process.off(signal, stop);
    process.kill(process.pid, signal); // returns when we are continued
    process.on(signal, stop);
  };
  const undo = [
    ...OURS.map((signal) => takeOver(signal, pass)),
    ...OF_THE_TERMINAL.map((signal) => takeOver(signal, passUnlessTyped)),
    takeOver('SIGTSTP', stop),
  ];
  return () => undo.forEach((giveBack) => giveBack());
}

function takeOver(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): () => void {
  const others = process.listeners(signal);
  process.on(signal, listener); // first: without any listener for a moment, a signal would be lost or end us
  for (const other of others) process.off(signal, other);
  return () => {
    for (const other of others) process.on(signal, other);
    process.off(signal, listener);
  };
}

/** Whether this process is in the foreground group of its terminal, which gets what is typed there (Ctrl-C). */
function isInForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // behind the name, which may hold spaces: state, parent, group, session, terminal, its foreground group
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return isatty(0) || isatty(1) || isatty(2); // no Linux
  }
}
