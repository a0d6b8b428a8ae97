import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { badInput, unavailable } from '../../contracts/core/failures';
import type { Progress } from '../engine/run-command';

const FIRST_ANSWER_MS = 8_000;
const STALL_MS = 120_000;

/** A registry answered and the image is here, or none did. */
export type Pull = { state: 'pulled' } | { state: 'unreachable'; reason: string };

// The registry was there and said no: a local image in its place would hide a wrong name.
const UNKNOWN =
  /manifest unknown|manifest for .* not found|pull access denied|repository does not exist|invalid reference/i;
const LIMITED = /toomanyrequests|rate limit/i;

interface PullEvent {
  id?: string;
  status?: string;
  error?: string;
}

/** Pulls by tag. Without a first answer in 8 s, no registry counts as reachable; an image that a registry refuses is an error. */
export async function pullImage(engine: Docker, reference: string, progress: Progress = {}): Promise<Pull> {
  const patience = new AbortController();
  const abortSignal = AbortSignal.any([
    patience.signal,
    ...(progress.signal === undefined ? [] : [progress.signal]),
  ]);
  let timer = setTimeout(() => patience.abort(), FIRST_ANSWER_MS);
  let answered = false;
  const layers = new Map<string, boolean>();
  try {
    const stream = (await engine.pull(reference, { abortSignal })) as Readable;
    for await (const event of events(stream)) {
      clearTimeout(timer);
      timer = setTimeout(() => patience.abort(), STALL_MS);
      if (event.error !== undefined) throw new Error(event.error);
      answered = true;
      if (event.id !== undefined && event.status !== undefined)
        note(layers, event.id, event.status, reference, progress);
    }
    return { state: 'pulled' };
  } catch (error) {
    progress.signal?.throwIfAborted();
    return failed(reference, error as Error, { answered, late: patience.signal.aborted });
  } finally {
    clearTimeout(timer);
  }
}

function failed(
  reference: string,
  { message }: Error,
  { answered, late }: { answered: boolean; late: boolean },
): Pull {
  if (UNKNOWN.test(message)) {
    throw badInput(
      `The registry has no image ${reference} for us: ${message.trim()}. Correct the stack file, or load the image with docker load.`,
    );
  }
  if (LIMITED.test(message)) {
    throw unavailable(`The registry limits pulls and refused ${reference}: ${message.trim()}`, {
      retryAfterSeconds: 60,
    });
  }
  if (answered)
    throw unavailable(
      `Pulling ${reference} broke off: ${late ? `nothing for ${STALL_MS / 1000} s` : message.trim()}`,
    );
  return {
    state: 'unreachable',
    reason: late ? `no answer within ${FIRST_ANSWER_MS / 1000} s` : message.trim(),
  };
}

async function* events(stream: Readable): AsyncGenerator<PullEvent> {
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as PullEvent;
  }
}

function note(
  layers: Map<string, boolean>,
  id: string,
  status: string,
  reference: string,
  { onProgress }: Progress,
): void {
  const before = [...layers.values()].filter(Boolean).length;
  if (/^(Pulling fs layer|Waiting|Already exists|Pull complete)$/.test(status)) {
    layers.set(id, status === 'Already exists' || status === 'Pull complete');
  }
  const done = [...layers.values()].filter(Boolean).length;
  if (done > before) onProgress?.(`pulling ${reference}: ${done} of ${layers.size} layers`);
}
