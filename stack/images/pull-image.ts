import type Docker from 'dockerode';
import { badInput, unavailable } from '../../contracts/core/failures';
import type { Progress } from '../engine/run-command';

const FIRST_ANSWER_MS = 8_000;
const STALL_MS = 120_000;

/** A registry answered and the image is here, or none did. */
export type Pull = { state: 'pulled' } | { state: 'unreachable'; reason: string };

/** Pulls by tag. Without a first answer in 8 s, no registry counts as reachable; an image that a registry refuses is an error. */
export async function pullImage(
  engine: Docker,
  reference: string,
  { signal, onProgress }: Progress = {},
): Promise<Pull> {
  const patience = new AbortController();
  const abortSignal = AbortSignal.any([patience.signal, ...(signal === undefined ? [] : [signal])]);
  let timer = setTimeout(() => patience.abort(), FIRST_ANSWER_MS);
  let answered = false;
  const layers = new Map<string, boolean>();
  const onEvent = ({ id, status = '', error }: EngineEvent) => {
    clearTimeout(timer);
    timer = setTimeout(() => patience.abort(), STALL_MS);
    answered ||= error === undefined;
    if (id === undefined || !/^(Pulling fs layer|Waiting|Already exists|Pull complete)$/.test(status)) return;
    const isHere = status === 'Already exists' || status === 'Pull complete';
    const wasHere = layers.get(id) === true;
    layers.set(id, isHere);
    const done = [...layers.values()].filter(Boolean).length;
    if (isHere && !wasHere) onProgress?.(`pulling ${reference}: ${done} of ${layers.size} layers`);
  };
  try {
    const failure = await follow(engine, await engine.pull(reference, { abortSignal }), onEvent);
    if (failure !== undefined) throw new Error(failure);
    return { state: 'pulled' };
  } catch (error) {
    signal?.throwIfAborted();
    const late = patience.signal.aborted;
    const seconds = (answered ? STALL_MS : FIRST_ANSWER_MS) / 1000;
    const reason = late ? `no answer within ${seconds} s` : (error as Error).message.trim();
    return failed(reference, reason, answered);
  } finally {
    clearTimeout(timer);
  }
}

// The registry was there and said no: a local image in its place would hide a wrong name.
const UNKNOWN =
  /manifest unknown|manifest for .* not found|pull access denied|repository does not exist|invalid reference/i;
const LIMITED = /toomanyrequests|rate limit/i;

function failed(reference: string, reason: string, answered: boolean): Pull {
  if (UNKNOWN.test(reason)) {
    throw badInput(
      `The registry has no image ${reference}, or refuses it: ${reason}. Correct the stack file, or load the image with docker load.`,
    );
  }
  if (LIMITED.test(reason)) {
    throw unavailable(`The registry limits pulls and refused ${reference}: ${reason}`, {
      retryAfterSeconds: 60,
    });
  }
  if (answered) throw unavailable(`Pulling ${reference} was cut off: ${reason}`);
  return { state: 'unreachable', reason };
}

/** A line of an engine's long answer. */
interface EngineEvent {
  id?: string;
  status?: string;
  error?: string;
}

/** Reads a long answer of the engine to its end. Returns the failure that it tells, if it tells one. */
export function follow(
  engine: Docker,
  answer: NodeJS.ReadableStream,
  onEvent?: (event: EngineEvent) => void,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const done = (broken: Error | null, events: EngineEvent[]) =>
      broken === null ? resolve(events.find(({ error }) => error !== undefined)?.error) : reject(broken);
    engine.modem.followProgress(answer, done, onEvent);
  });
}
