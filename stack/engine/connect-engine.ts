import Docker from 'dockerode';
import { badInput } from '../../contracts/core/failures';
import { EngineAgent } from './engine-agent';

/** Where Docker listens when nothing else is said. */
export const DEFAULT_SOCKET = '/var/run/docker.sock';

// an option that the library's types do not know
const agent = { agent: new EngineAgent() };

/** A client of the engine at `dockerHost` (a DOCKER_HOST value: unix, tcp or ssh), else at the socket. Nothing is sent yet. */
export function connectEngine({
  dockerHost,
  sshAgent,
}: { dockerHost?: string; sshAgent?: string } = {}): Docker {
  if (dockerHost === undefined) return atSocket(DEFAULT_SOCKET);
  const url = URL.parse(dockerHost.includes('://') ? dockerHost : `tcp://${dockerHost}`);
  const rule = `DOCKER_HOST=${dockerHost} is not an engine's address: unix:///path.sock, tcp://host:port or ssh://user@host.`;
  if (url === null) throw badInput(rule);
  switch (url.protocol) {
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
    case 'ssh:':
      return new Docker({
        host: url.hostname,
        port: Number(url.port || 22),
        protocol: 'ssh',
        username: url.username,
        ...(sshAgent === undefined ? {} : { sshOptions: { agent: sshAgent } }),
      });
    default:
      throw badInput(rule);
  }
}

// The library would take a host from its own reading of DOCKER_HOST: an explicit blank one keeps it out.
function atSocket(socketPath: string): Docker {
  return new Docker({ socketPath, host: '', ...agent });
}
