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

/** Our commands that take `-e`, where they stand without one. */
const UNNAMED =
  /\bonex-bootstrap (?:up|down|declare|plan|status|watch|rotate|backup|drill|upgrade|prune|approve|reject|report|doctor|exec)\b(?![^\n,;()]* (?:-e|--environment)\b)/g;

/** What can be pasted: our own commands as this program was called, with the environment that it was called for. */
export function pasteable(text: string, command: string, environment: string | undefined): string {
  const named = environment === undefined ? text : text.replace(UNNAMED, `$& -e ${environment}`);
  return named.replace(/\bonex-bootstrap(?= [a-z])/g, command);
}

/** `command` is how this program is called from here, and `environment` what it was called for, once that is known. */
export function createTerminal(
  streams: { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
  {
    colours,
    command = 'onex-bootstrap',
    environment = () => undefined,
  }: { colours: boolean; command?: string; environment?: () => string | undefined },
): Terminal {
  const shown = (text: string) => pasteable(text, command, environment());
  const draw = streams.stderr.isTTY ? logUpdate.create(streams.stderr) : undefined;
  return {
    line: (text = '') => void streams.stdout.write(`${shown(text)}\n`),
    progress: (text) => void streams.stderr.write(`${shown(text)}\n`),
    live: draw && ((block) => (block === undefined ? draw.done() : draw(block))),
    paint: (style, text) => (colours && streams.stdout.isTTY ? styleText(style, text) : text),
  };
}
