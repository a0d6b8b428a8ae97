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

export function createTerminal(
  streams: { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
  { colours }: { colours: boolean },
): Terminal {
  const tty = streams.stderr.isTTY === true;
  const draw = logUpdate.create(streams.stderr);
  return {
    line: (text = '') => void streams.stdout.write(`${text}\n`),
    progress: (text) => void streams.stderr.write(`${text}\n`),
    live: tty ? (block) => (block === undefined ? draw.done() : draw(block)) : undefined,
    paint: (style, text) => (colours && streams.stdout.isTTY ? styleText(style, text) : text),
  };
}
