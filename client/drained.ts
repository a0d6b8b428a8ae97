import { ExitCode } from './exit-code';

/** What was written leaves with the process otherwise, from 64 KiB on, where a pipe's reader is slow. */
export async function drained(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map(emptied));
}

const emptied = (stream: NodeJS.WriteStream) => new Promise<void>((done) => stream.write('', () => done()));

/**
 * A reader that is gone, as behind `| head`, is no failure of the command: what is left is for nobody. Any other
 * failure to write, as on a full disk, ends it.
 */
export function watchStreams(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return;
      if (stream === process.stdout) process.stderr.write(`✘ The output cannot be written (${code}).\n`);
      process.exit(ExitCode.stepFailed);
    });
}
