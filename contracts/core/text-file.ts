import { isUtf8 } from 'node:buffer';

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
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return { text: text.replace(/^\ufeff/, ''), badLines: isUtf8(bytes) ? [] : badLines(bytes) };
}

/** The encoding of a text that is no UTF-8 but whole in itself, as Windows editors save one; by its mark, else by its zero bytes. */
export function foreignEncoding(bytes: Uint8Array): 'UTF-16' | 'UTF-32' | undefined {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
    return 'UTF-32';
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return 'UTF-16';
  const head = bytes.subarray(0, 1024);
  const zeros = [0, 0]; // at even and at odd places
  head.forEach((byte, at) => (zeros[at % 2]! += byte === 0 ? 1 : 0));
  const [even = 0, odd = 0] = zeros;
  return Math.abs(even - odd) > head.length / 4 ? 'UTF-16' : undefined;
}

function badLines(bytes: Uint8Array): number[] {
  const bad: number[] = [];
  for (let start = 0, line = 1; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    if (!isUtf8(bytes.subarray(start, end))) bad.push(line);
    start = end + 1;
  }
  return bad;
}
