const LINE_FEED = 10;

/** Something in a file that could not be used. `line` counts from 1. Never quotes a value. */
export interface Problem {
  message: string;
  line?: number | undefined;
}

/** The same problems under the name of their file. */
export const ofFile = (path: string, problems: readonly Problem[]): Problem[] =>
  problems.map((problem) => ({ ...problem, message: `${path}: ${problem.message}` }));

interface DecodedText {
  /** Without a byte order mark; bytes that are not UTF-8 are replaced by U+FFFD. */
  text: string;
  /** Lines (from 1) that hold bytes which are not UTF-8. */
  badLines: number[];
}

/** Bytes as text, and the lines that are not UTF-8. Never throws. */
export function decodeUtf8(bytes: Uint8Array): DecodedText {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), badLines: [] };
  } catch {
    return { text: new TextDecoder('utf-8').decode(bytes), badLines: badLines(bytes) };
  }
}

function badLines(bytes: Uint8Array): number[] {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const bad: number[] = [];
  for (let start = 0, line = 1; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    try {
      strict.decode(bytes.subarray(start, end));
    } catch {
      bad.push(line);
    }
    start = end + 1;
  }
  return bad;
}
