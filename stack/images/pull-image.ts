import type Docker from 'dockerode';
import type { Secret } from '../../contracts/core/secret';
import { engineSaid, engineWords, statusOf } from '../engine/engine-error';
import type { Progress } from '../engine/run-command';
import { registryLogin } from './registry-login';
import { registryRefusal, whyUnreachable } from './registry-refusal';

const FIRST_ANSWER_MS = 8_000;
const STALL_MS = 120_000;

/** A registry answered and the image is here, or none did; `error` has the engine's words. */
export type Pull = { state: 'pulled' } | { state: 'unreachable'; reason: string; error: unknown };

/**
 * Pulls by tag or digest, with the login of the user's Docker configuration. Without a first answer in 8 s, no registry
 * counts as reachable; an image that a registry refuses is an error.
 */
export async function pullImage(
  engine: Docker,
  reference: string,
  { signal, onProgress, variables = new Map() }: Progress & { variables?: ReadonlyMap<string, Secret> } = {},
): Promise<Pull> {
  const login = await registryLogin(reference, variables, signal);
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
    const options = { abortSignal, ...(login && { authconfig: login }) };
    const failure = await follow(engine, await engine.pull(reference, options), onEvent);
    if (failure !== undefined) throw new Error(failure);
    return { state: 'pulled' };
  } catch (error) {
    signal?.throwIfAborted();
    if (patience.signal.aborted && !answered)
      return { state: 'unreachable', reason: `no answer within ${FIRST_ANSWER_MS / 1000} s`, error };
    const isLost = 'code' in (error as object) && statusOf(error) === undefined;
    if (isLost && !answered && !patience.signal.aborted) throw error; // the engine itself, and no registry
    const words = engineWords(error);
    const reason = answered ? undefined : whyUnreachable(words);
    if (reason !== undefined) return { state: 'unreachable', reason, error };
    throw engineSaid(registryRefusal(reference, words, { answered, isLoggedIn: login !== undefined }), error);
  } finally {
    clearTimeout(timer);
  }
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
