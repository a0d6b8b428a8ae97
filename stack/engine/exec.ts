import type Docker from 'dockerode';
import { finished, pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { refused, unavailable } from '../../contracts/core/failures';
import { saying } from '../../contracts/core/foreign-words';
import { engineSaid, KILLED } from './engine-error';

const HEADER = 8;
const STDERR = 2;
const MOST_WORDS = 16 * 1024;

export interface Executing {
  /** Who runs it, as messages name it. */
  name: string;
  command: readonly string[];
  signal?: AbortSignal | undefined;
}

/**
 * What a program writes to its standard output in a running container, as fast as it is read. Fails at its end where that
 * was not 0; what it said goes along.
 */
export async function* outputOf(
  engine: Docker,
  containerId: string,
  { name, command, signal }: Executing,
  input?: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const hasInput = input !== undefined;
  const exec = await engine.getContainer(containerId).exec({
    Cmd: [...command],
    AttachStdin: hasInput,
    AttachStdout: true,
    AttachStderr: true,
  });
  const socket = await exec.start({ hijack: true, stdin: hasInput });
  const abort = () => socket.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  // a program that ended early takes no more: its end says why
  const sent = hasInput
    ? pipeline(Readable.from(input), socket, { end: true })
    : finished(socket, { readable: false });
  let sendingFailed: unknown;
  sent.catch((error: unknown) => (sendingFailed = error));
  let words = '';
  try {
    for await (const { stream, content } of framesOf(socket as AsyncIterable<Buffer>)) {
      if (stream !== STDERR) yield content;
      else words = (words + content.toString('utf8')).slice(-MOST_WORDS);
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
  signal?.throwIfAborted();
  const { ExitCode, Running } = await exec.inspect();
  if (ExitCode === 0 && !Running) return;
  const program = command[0] ?? '';
  if (Running || ExitCode === null || KILLED.includes(ExitCode))
    throw engineSaid(
      unavailable(`${name} was lost while ${program} ran in it.`),
      sendingFailed ?? new Error(''),
    );
  throw saying(refused(`${program} in ${name} ended with code ${ExitCode}.`), name, words);
}

/** What containers write, as the engine frames each write: one byte of stream, three of nothing, four of length. */
export async function* framesOf(
  written: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<{ stream: number; content: Buffer }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of written) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      if (rest.length < HEADER) break;
      const end = HEADER + rest.readUInt32BE(4);
      if (rest.length < end) break;
      yield { stream: rest[0]!, content: rest.subarray(HEADER, end) };
      rest = rest.subarray(end);
    }
  }
}
