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

const OURS = String.raw`\u001b\[(?:[12]|22|3[1239])m`; // what `paint` makes
const OBEYED = new RegExp(String.raw`(?!${OURS}|\r\n)[^\P{Cc}\t\n]|\p{Bidi_Control}`, 'gu');

/**
 * A text with what a terminal would do in place of showing it as codes: names and a run's memo come from servers, and whoever
 * writes there shall not move a cursor over what we say, nor turn its direction.
 */
export const harmless = (text: string): string =>
  text.replace(OBEYED, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/** `command` is how this program is called from here, and `environment` what it was called for, once that is known. */
export function createTerminal(
  streams: { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
  {
    colours,
    command = 'onex-bootstrap',
    environment = () => undefined,
  }: { colours: boolean; command?: string; environment?: () => string | undefined },
): Terminal {
  const shown = (text: string, { isTTY }: { isTTY: boolean }) => {
    const pasted = pasteable(text, command, environment());
    return isTTY ? harmless(pasted) : pasted;
  };
  const draw = streams.stderr.isTTY ? logUpdate.create(streams.stderr) : undefined;
  return {
    line: (text = '') => void streams.stdout.write(`${shown(text, streams.stdout)}\n`),
    progress: (text) => void streams.stderr.write(`${shown(text, streams.stderr)}\n`),
    live: draw && ((block) => (block === undefined ? draw.done() : draw(harmless(block)))),
    paint: (style, text) => (colours && streams.stdout.isTTY ? styleText(style, text) : text),
  };
}
