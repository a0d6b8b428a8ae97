/** Seconds as reports print them. */
export const inSeconds = (time: number) => `${time.toFixed(1)} s`;

/** The middle and the longest of some times, where there are any. */
export function medianAndWorst(times: readonly number[]): { median?: number; worst?: number } {
  const sorted = [...times].sort((a, b) => a - b);
  const [median, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return median === undefined || worst === undefined ? {} : { median, worst };
}

/** A table as Markdown. */
export const table = (head: readonly string[], rows: readonly (readonly (string | number | undefined)[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** How many minutes the rest will take at the pace so far. `since` in milliseconds. */
export const minutesLeft = (done: number, of: number, since: number) =>
  Math.round((((Date.now() - since) / done) * Math.max(0, of - done)) / 60_000);

export const today = () => new Date().toISOString().slice(0, 10);
