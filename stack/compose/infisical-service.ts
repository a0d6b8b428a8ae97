import type { PublishedPort } from './fields/ports';
import type { Ready, Service, Stack, StackProblem } from './stack';

const IMAGE = /(^|\/)infisical\/infisical(:|@|$)/;
const OWN_PORT = '8080';
const STATUS = '/api/status';

/** Whether a service is an Infisical, by its role or its image. */
export const isInfisical = ({ role, image }: Pick<Service, 'role' | 'image'>): boolean =>
  role === 'infisical' || IMAGE.test(image);

/** What ready means for an Infisical that does not say: its status, at the port that it publishes. */
export function readyOfInfisical(
  service: Pick<Service, 'role' | 'image' | 'ready' | 'environment'> & { ports: PublishedPort[] },
): Ready | undefined {
  if (!isInfisical(service)) return undefined;
  const own = Number(service.environment['PORT'] ?? OWN_PORT);
  const port = service.ports.find(({ container }) => container === own);
  return port && { protocol: 'http', port: port.host, host: port.address, path: STATUS };
}

/** The Infisical that a stack brings: by its role, else by its image; not what only runs once before it, such as a migration. */
export function infisicalServices({ services }: Pick<Stack, 'services'>): Service[] {
  const all = Object.values(services);
  const named = all.filter(({ role }) => role === 'infisical');
  if (named.length > 0) return named;
  const found = all.filter((service) => isInfisical(service) && service.ends !== 'awaited');
  const answering = found.filter(({ ready }) => ready !== undefined);
  return answering.length > 0 ? answering : found;
}

const ELSEWHERE = 'An Infisical that runs elsewhere is used with --infisical URL in place of --stack';

/** Why the later steps of a run could not use a stack: they need one Infisical that answers this host. */
export function infisicalProblems(stack: Stack): StackProblem[] {
  const [service, second] = infisicalServices(stack);
  if (service === undefined)
    return [
      {
        path: ['services'],
        reason: `none of them is an Infisical, which the later steps need: give one the image infisical/infisical, or x-onex: { role: infisical }. ${ELSEWHERE}`,
      },
    ];
  const { name, ready, profiles, entrypoint, command, environment } = service;
  const at = (reason: string, ...path: string[]) => [{ path: ['services', name, ...path], reason }];
  if (second !== undefined)
    return at(
      `${name} and ${second.name} are both an Infisical: write x-onex: { role: infisical } on the one that is meant`,
    );
  if (profiles.length > 0) return at('Infisical starts with the stack: remove its profiles', 'profiles');
  if (ready === undefined)
    return at(
      `Infisical must answer this host, and nothing says where: publish its port (${OWN_PORT} unless PORT says another), for example 127.0.0.1:8080:8080, or write x-onex: { ready: { protocol: http, port: PORT, path: ${STATUS} } } with that port in ports. ${ELSEWHERE}`,
    );
  if (ready.protocol !== 'http')
    return at('must be http: Infisical answers nothing else', 'x-onex', 'ready', 'protocol');
  const keys = ['ENCRYPTION_KEY', 'ROOT_ENCRYPTION_KEY'];
  const startsByItself = entrypoint === undefined && command === undefined && IMAGE.test(service.image);
  if (startsByItself && !keys.some((key) => (environment[key] ?? '') !== ''))
    return at(
      'Infisical starts only with ENCRYPTION_KEY: give it by environment or env_file, or by a secret that its entrypoint reads (docs/stack-file.md)',
      'environment',
    );
  const key = environment['ENCRYPTION_KEY'] ?? '';
  if (startsByItself && key !== '' && Buffer.byteLength(key) !== 32)
    return at(
      'ENCRYPTION_KEY must be 32 hexadecimal digits, without a blank: openssl rand -hex 16',
      ...['environment', 'ENCRYPTION_KEY'],
    );
  return [];
}
