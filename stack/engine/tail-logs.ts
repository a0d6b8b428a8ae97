import type Docker from 'dockerode';

const HEADER = 8;

/** The last lines that a container wrote, both streams. May hold secrets: scrub them before they go anywhere. */
export async function tailLogs(engine: Docker, containerId: string, lines = 12): Promise<string[]> {
  const container = engine.getContainer(containerId);
  const output = await container.logs({
    stdout: true,
    stderr: true,
    tail: lines,
    follow: false,
  });
  return demultiplex(output)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-lines);
}

/** The engine frames each write: one byte of stream, three of nothing, four of length. */
function demultiplex(buffer: Buffer): string {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + HEADER <= buffer.length) {
    const end = at + HEADER + buffer.readUInt32BE(at + 4);
    parts.push(buffer.subarray(at + HEADER, end));
    at = end;
  }
  return Buffer.concat(parts).toString('utf8');
}
