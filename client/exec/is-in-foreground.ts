import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Whether this process is in the foreground group of its terminal, which gets what is typed there (Ctrl-C). */
export function isInForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // behind the name, which may hold spaces: state, parent, group, session, terminal, its foreground group
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return isatty(0) || isatty(1) || isatty(2); // no Linux
  }
}
