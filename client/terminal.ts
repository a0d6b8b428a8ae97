import logUpdate from 'log-update';
import { styleText } from 'node:util';

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** Where a command writes: reports to stdout, progress to stderr; colours and redrawing only on a terminal. */
export interface Terminal {
  /** A line of the report. */
  line: (text?: string) => void;
  /** A line about the progress of the command. */
  progress: (text: string) => void;
  /** Replaces the last live block on a terminal; undefined ends it. Never used elsewhere. */
  live: ((block: string | undefined) => void) | undefined;
  paint: (style: Style, text: string) => string;
}

/** `command` is how this program is called from here. */
export function createTerminal(
  streams: { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
  { colours, command = 'onex-bootstrap' }: { colours: boolean; command?: string },
): Terminal {
  // What is printed can be pasted: our own command stands there as it was found.
  const pasteable = (text: string) => text.replace(/\bonex-bootstrap(?= [a-z])/g, command);
  const tty = streams.stderr.isTTY === true;
  const draw = logUpdate.create(streams.stderr);
  return {
    line: (text = '') => void streams.stdout.write(`${pasteable(text)}\n`),
    progress: (text) => void streams.stderr.write(`${pasteable(text)}\n`),
    live: tty ? (block) => (block === undefined ? draw.done() : draw(block)) : undefined,
    paint: (style, text) => (colours && streams.stdout.isTTY ? styleText(style, text) : text),
  };
}
