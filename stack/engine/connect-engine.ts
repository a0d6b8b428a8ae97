import Docker from 'dockerode';
import { readFileSync } from 'node:fs';
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { badInput } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import { engineName, type NamedEngine } from './engine-address';

/** Where Docker listens when nothing else is said. */
export const DEFAULT_SOCKET = '/var/run/docker.sock';

export interface EngineAddress {
  /** The engine that was named; without one, the socket of this machine. */
  engine?: NamedEngine | undefined;
  /** The operator's variables: SSH_AUTH_SOCK is the agent for an engine behind ssh. */
  variables?: ReadonlyMap<string, Secret> | undefined;
}

/** A client of an engine. Nothing is sent yet. */
export function connectEngine({ engine, variables }: EngineAddress = {}): Docker {
  if (engine === undefined) return atSocket(DEFAULT_SOCKET);
  const url = urlOf(engine);
  switch (url?.protocol) {
    case 'unix:':
      return atSocket(url.pathname || DEFAULT_SOCKET);
    case 'tcp:':
    case 'http:':
    case 'https:': {
      const { tls } = engine;
      const isTls = tls !== undefined || url.protocol === 'https:';
      return new Docker({
        host: url.hostname,
        port: Number(url.port || (isTls ? 2376 : 2375)),
        protocol: isTls ? 'https' : 'http',
        ...certificates(tls?.folder),
        ...(isTls ? through(new HttpsAgent({ rejectUnauthorized: tls?.verify ?? true })) : plain),
      });
    }
    case 'ssh:': {
      const sshAgent = variables?.get('SSH_AUTH_SOCK')?.reveal();
      return new Docker({
        host: url.hostname,
        port: Number(url.port || 22),
        protocol: 'ssh',
        username: url.username,
        ...(sshAgent === undefined ? {} : { sshOptions: { agent: sshAgent } }),
      });
    }
    default:
      throw badInput(
        `${engineName(engine)} is not an engine's address: unix:///path.sock, tcp://host:port or ssh://user@host.`,
      );
  }
}

const urlOf = ({ host }: NamedEngine) => URL.parse(host.includes('://') ? host : `tcp://${host}`);

/** The host's name in an engine's address; undefined for a socket. */
export function hostnameOf(engine: NamedEngine): string | undefined {
  const url = urlOf(engine);
  return url === null || url.protocol === 'unix:' ? undefined : url.hostname.replace(/^\[|\]$/g, '');
}

// The library would take host and certificates from its own reading of DOCKER_*: explicit ones keep it out.
const atSocket = (socketPath: string) =>
  new Docker({ socketPath, host: '', protocol: 'http', ...certificates(undefined), ...plain });

/** The files that are in the folder; the library takes their contents. */
function certificates(folder: string | undefined) {
  const read = (name: string) => {
    if (folder === undefined) return undefined;
    const path = join(folder, name);
    try {
      return readFileSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      throw badInput(`${path}, for the TLS of the Docker Engine, cannot be read (${code}).`);
    }
  };
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map(read);
  if ((cert === undefined) !== (key === undefined))
    throw badInput(
      `${folder} holds ${cert === undefined ? 'key.pem without cert.pem' : 'cert.pem without key.pem'}: the Docker Engine takes both or neither.`,
    );
  return { ca, cert, key } as { ca?: Buffer; cert?: Buffer; key?: Buffer };
}

/**
 * Connections to the engine whose calls fail when an answer breaks off in the middle, as it does when the engine is
 * killed. The library (docker-modem 5) waits for the end of the body only, and so for ever.
 */
function through<T extends Agent>(agent: T): { agent: T } {
  // Node's own hook for each request of an agent; not in its types
  const { addRequest } = agent as unknown as {
    addRequest: (request: ClientRequest, ...rest: unknown[]) => void;
  };
  Object.assign(agent, {
    addRequest: (request: ClientRequest, ...rest: unknown[]) => {
      request.once('response', (answer: IncomingMessage) => {
        answer.once('close', () => {
          if (!answer.complete) request.emit('error', brokenOff());
        });
      });
      addRequest.call(agent, request, ...rest);
    },
    // the library prints its options in full depth with each call, and all open connections hang on an agent: seconds
    [inspect.custom]: () => 'EngineAgent',
  });
  return { agent };
}

const plain = through(new Agent());

const brokenOff = () => Object.assign(new Error('its answer was cut off'), { code: 'ECONNRESET' });

/** Whether the engine is on this machine, so that its ports and folders can be looked at. */
export const isLocal = (engine: Docker) => (engine.modem as { socketPath?: string }).socketPath !== undefined;

/** What a ping found: an engine, another product that speaks its language, nobody at all, or a reason why we may not ask. */
export type Ping =
  | { state: 'alive'; version: string }
  | { state: 'podman'; version: string }
  | { state: 'dead'; reason: string }
  | { state: 'denied'; reason: string };

/** Asks the engine who it is; never throws. Gives up after `deadlineMs`. */
export async function pingEngine(engine: Docker, deadlineMs = 5_000): Promise<Ping> {
  try {
    const { product, version } = await within(identify(engine), deadlineMs);
    return {
      state: /podman|libpod/i.test(product) ? 'podman' : 'alive',
      version: /^\d{1,4}(\.\d{1,4}){1,2}/.exec(version)?.[0] ?? 'unknown',
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { state: code === 'EACCES' || code === 'EPERM' ? 'denied' : 'dead', reason: reasonOf(error) };
  }
}

/** By the head of its answer to a ping; one that keeps that to itself is asked for its version, for which it runs programs. */
async function identify(engine: Docker): Promise<{ product: string; version: string }> {
  const [, product, version] = /^(Docker|Libpod)\/(\S+)/.exec(await serverOf(engine)) ?? [];
  if (product !== undefined && version !== undefined) return { product, version };
  const { Version, Components: parts = [] } = (await engine.version()) as {
    Version: string;
    Components?: { Name?: string }[];
  };
  return { product: parts.map(({ Name }) => Name).join(' '), version: Version };
}

/** What the engine's answer to a ping says of its server; empty where it says nothing, or answers none. */
function serverOf(engine: Docker): Promise<string> {
  const { modem } = engine as { modem: Dialler };
  return new Promise((resolve, reject) => {
    modem.dial(
      { path: '/_ping', method: 'GET', isStream: true, statusCodes: { 200: true } },
      (error, answer) => {
        if (error?.statusCode !== undefined) return resolve('');
        if (error || answer === undefined) return reject(error ?? new Error('no answer'));
        answer.resume();
        resolve(String(answer.headers.server ?? ''));
      },
    );
  });
}

/** The part of the library that its own methods stand on. */
interface Dialler {
  dial(
    options: { path: string; method: string; isStream: boolean; statusCodes: Record<number, true> },
    callback: (error: (Error & { statusCode?: number }) | null, answer?: IncomingMessage) => void,
  ): void;
}

const CERTIFICATE = /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^INVALID_CA$/;

/** Why no engine answered, by codes: what came in its place may say anything. */
function reasonOf(error: unknown): string {
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (error instanceof Late) return error.message;
  if (statusCode !== undefined) return `HTTP ${statusCode}`;
  if (code === undefined || !/^\w{1,60}$/.test(code)) return 'no answer of an engine';
  return CERTIFICATE.test(code) ? `its certificate is not trusted, ${code}` : code;
}

class Late extends Error {}

/** What an engine tells of its machine. */
export interface EngineFacts {
  /** Its clock and ours at the same moment, in milliseconds since 1970. */
  clock: { of: string; theirs: number; ours: number };
  /** Where its data is on this machine; undefined for an engine on another one, or a virtual one. */
  dataRoot: string | undefined;
}

/** Asks the engine; undefined where none answers. */
export async function readEngineFacts(engine: Docker): Promise<EngineFacts | undefined> {
  const asked = Date.now();
  const work = engine.info() as Promise<{ SystemTime: string; DockerRootDir: string }>;
  const info = await within(work, 5_000).catch(() => undefined);
  if (info === undefined) return undefined;
  const ours = (asked + Date.now()) / 2;
  const clock = { of: 'the Docker Engine', theirs: Date.parse(info.SystemTime), ours };
  return { clock, dataRoot: isLocal(engine) ? info.DockerRootDir : undefined };
}

function within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const late = sleep(deadlineMs, undefined, { ref: false }).then(() => {
    throw new Late(`no answer within ${deadlineMs / 1000} s`);
  });
  return Promise.race([work, late]);
}
