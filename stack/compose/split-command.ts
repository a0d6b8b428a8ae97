const WORD = /(?:[^\s"'\\]+|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs;
const PIECE = /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'\\]+)/gs;

/** The words of a command that is written as one text, by the shell's rules of quoting; nothing is expanded. */
export function splitCommand(text: string): string[] {
  if (text.replaceAll(WORD, '').trim() !== '') throw new Error('a quote is not closed');
  return (text.match(WORD) ?? []).map((word) =>
    word.replaceAll(
      PIECE,
      (_, escaped?: string, double?: string, single?: string, plain?: string) =>
        escaped ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? single ?? plain ?? '',
    ),
  );
}
