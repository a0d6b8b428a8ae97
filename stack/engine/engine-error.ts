import { saying } from '../../contracts/core/foreign-words';
import { unavailable } from '../../contracts/core/failures';

/** What the engine answered: the library throws plain errors with these fields. */
interface EngineError extends NodeJS.ErrnoException {
  statusCode?: number;
  json?: { message?: string } | null;
}

export const statusOf = (error: unknown) => (error as EngineError).statusCode;

/** The engine's own words: they decide, and are kept by `engineSaid`; no message of ours repeats them. */
export function engineWords(error: unknown): string {
  const { json, message } = error as EngineError;
  return (json?.message ?? message.replace(/^\(HTTP code \d+\) [^-]*- /, '')).trim();
}

/** Gives a failure of ours what the engine said. */
export const engineSaid = <E extends Error>(failure: E, error: unknown): E =>
  saying(failure, 'the Docker Engine', engineWords(error));

/** For a container whose user the image has not. */
export const NO_USER = 'its image does not know its user';

/** Names of networks are not unique to an engine: two that were made at one moment have the same. */
export const TWO_NETWORKS = 'two networks have the name of one of its networks';

// What engines are known to say of a container that they do not take, and what that means.
const MEANINGS: [says: RegExp, means: string][] = [
  [/unable to find (user|group)|no matching entries in (passwd|group) file/i, NO_USER],
  [
    /bind source path does not exist|mounts denied|not a directory|error mounting/i,
    'a file or folder that it mounts is not there, or is of the other kind',
  ],
  [
    /duplicate mount point|invalid (mount|volume)|mount path must be absolute/i,
    'its mounts do not fit together',
  ],
  [
    /executable file not found|exec format error|unable to start container process|OCI runtime/i,
    'its command cannot be run in its image',
  ],
  [/no such image/i, 'its image is not there'],
  [/network .* not found/i, 'one of its networks is not there'],
  [/network .* is ambiguous/i, TWO_NETWORKS],
  [
    /memory limit|minimum memory|NanoCPUs|CPUs available|pids limit|ulimit/i,
    'this host cannot give it its limits',
  ],
];

/** What the engine's words mean, in our own; undefined for what is not known. */
export const engineMeans = (error: unknown): string | undefined =>
  MEANINGS.find(([says]) => says.test(engineWords(error)))?.[1];

/** Runs a call for which one of these status codes is as good as success (304: already so). */
export async function tolerate<T>(call: Promise<T>, ...codes: number[]): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (codes.includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  }
}

/** Runs work on an engine: a lost one is an outage that says so, not a fault of what was asked of it. */
export async function engineCall<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code = '', syscall } = error as EngineError;
    const lost = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(code);
    // a file of ours may be missing too
    if (!lost && !(code === 'ENOENT' && syscall === 'connect')) throw error;
    throw unavailable(`The Docker Engine does not answer (${code}).`, { lost: { kind: 'engine' } });
  }
}

/** Exit codes of a process that somebody killed or stopped under us: another try may find it whole. */
export const KILLED = [137, 143];
