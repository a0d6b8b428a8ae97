import Docker from 'dockerode';
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { badInput } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';

/** Where Docker listens when nothing else is said. */
export const DEFAULT_SOCKET = '/var/run/docker.sock';

export interface EngineAddress {
  /** A DOCKER_HOST value: unix, tcp or ssh. Without one, the socket of this machine. */
  dockerHost?: string | undefined;
  /** The operator's variables: SSH_AUTH_SOCK is the agent for an engine behind ssh. */
  variables?: ReadonlyMap<string, Secret> | undefined;
}

/** A client of an engine. Nothing is sent yet. */
export function connectEngine({ dockerHost, variables }: EngineAddress = {}): Docker {
  if (dockerHost === undefined) return atSocket(DEFAULT_SOCKET);
  const url = URL.parse(dockerHost.includes('://') ? dockerHost : `tcp://${dockerHost}`);
  switch (url?.protocol) {
    case 'unix:':
      return atSocket(url.pathname || DEFAULT_SOCKET);
    case 'tcp:':
    case 'http:':
      return new Docker({
        host: url.hostname,
        port: Number(url.port || 2375),
        protocol: 'http',
        ...agent,
      });
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
        `DOCKER_HOST=${dockerHost} is not an engine's address: unix:///path.sock, tcp://host:port or ssh://user@host.`,
      );
  }
}

// The library would take a host from its own reading of DOCKER_HOST: an explicit blank one keeps it out.
const atSocket = (socketPath: string) => new Docker({ socketPath, host: '', ...agent });

/**
 * Connections to the engine whose calls fail when an answer breaks off in the middle, as it does when the engine is
 * killed. The library (docker-modem 5) waits for the end of the body only, and so for ever.
 */
class EngineAgent extends Agent {
  /** Node's own hook for each request of an agent; not in its types. */
  addRequest(request: ClientRequest, ...rest: unknown[]): void {
    request.once('response', (answer: IncomingMessage) => {
      answer.once('close', () => {
        if (!answer.complete) request.emit('error', brokenOff());
      });
    });
    addRequest.call(this, request, ...rest);
  }

  /** The library prints its options in full depth with each call, and all open connections hang on an agent: seconds. */
  [inspect.custom](): string {
    return EngineAgent.name;
  }
}

const { addRequest } = Agent.prototype as unknown as Pick<EngineAgent, 'addRequest'>;

const brokenOff = () => Object.assign(new Error('its answer was cut off'), { code: 'ECONNRESET' });

// an option that the library's types do not know
const agent = { agent: new EngineAgent() };

/** Whether the engine is on this machine, so that its ports and folders can be looked at. */
export const isLocal = (engine: Docker) => (engine.modem as { socketPath?: string }).socketPath !== undefined;

/** What a ping found: an engine, nobody at all, or a reason why we may not ask. */
export type Ping =
  | { state: 'alive'; version: string }
  | { state: 'dead'; reason: string }
  | { state: 'denied'; reason: string };

/** Asks the engine for its version; never throws. Gives up after `deadlineMs`. */
export async function pingEngine(engine: Docker, deadlineMs = 5_000): Promise<Ping> {
  try {
    const { Version } = await within(engine.version() as Promise<{ Version: string }>, deadlineMs);
    return { state: 'alive', version: Version };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { state: code === 'EACCES' || code === 'EPERM' ? 'denied' : 'dead', reason: message };
  }
}

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
    throw new Error(`no answer within ${deadlineMs / 1000} s`);
  });
  return Promise.race([work, late]);
}
