import { nearest } from '../../contracts/core/zod-problems';
import type { IsGiven } from './interpolate';
import { findCycle, outlineStack } from './order';
import { loginSecret } from './ready';
import { templateSecrets } from './render-template';
import type { PublishedPort } from './fields/ports';
import type { Service, Stack, StackProblem } from './stack';

type Report = (reason: string, ...path: StackProblem['path']) => void;

/**
 * What does not fit together in a stack: names that nothing declares, cycles, ports used twice. No reason repeats what
 * `isGiven` by a variable.
 */
export function checkStack(stack: Stack, isGiven: IsGiven): StackProblem[] {
  const problems: StackProblem[] = [];
  const report: Report = (reason, ...path) => problems.push({ path, reason });
  for (const service of Object.values(stack.services)) checkService(stack, service, isGiven, report);
  checkVolumes(stack, isGiven, report);
  checkTemplates(stack, isGiven, report);
  checkPorts(stack, report);
  checkNames(stack, report);
  const cycle = findCycle(outlineStack(stack).services);
  if (cycle !== undefined) {
    const [first = '', second = first] = cycle;
    report(`dependency cycle: ${cycle.join(' → ')}`, 'services', first, 'depends_on', second);
  }
  return problems;
}

// sockets themselves, and folders that they are in
const HOLDS_ENGINE =
  /^\/$|^(\/var)?\/run(\/(docker|podman|containerd|user(\/\d+(\/podman)?)?))?$|\/(docker|podman|containerd)\.sock$/;

function checkService(stack: Stack, service: Service, isGiven: IsGiven, report: Report): void {
  const problem: Report = (reason, ...path) => report(reason, 'services', service.name, ...path);
  const need = (known: object, name: string, what: string, ...path: StackProblem['path']) => {
    if (name in known) return;
    const at = ['services', service.name, ...path];
    if (isGiven(at) || (at.at(-1) === name && isGiven(at.slice(0, -1))))
      return problem(
        `no ${what} of the name that its variables give`,
        ...path.filter((part) => part !== name),
      );
    const meant = nearest(name, Object.keys(known));
    problem(`no ${what} named ${name}${meant === undefined ? '' : `: did you mean ${meant}?`}`, ...path);
  };
  for (const { service: other } of service.dependsOn) {
    need(stack.services, other, 'service', 'depends_on', other);
    const profiles = stack.services[other]?.profiles ?? [];
    if (profiles.length > 0 && !profiles.some((profile) => service.profiles.includes(profile)))
      problem(
        `${other} starts only with a profile that ${service.name} does not have`,
        ...['depends_on', other],
      );
  }
  for (const [index, mount] of service.mounts.entries()) {
    if (mount.kind === 'volume') need(stack.volumes, mount.volume, 'volume', 'volumes', index);
    else if (HOLDS_ENGINE.test(mount.source))
      problem(
        `the folder holds the socket of the container engine, and whoever reaches that is root on this host: leave the mount out, or run ${service.name} outside of this file`,
        ...['volumes', index],
      );
  }
  for (const { name } of service.networks ?? []) need(stack.networks, name, 'network', 'networks', name);
  for (const [index, name] of service.secrets.entries())
    need(stack.secrets, name, 'secret', 'secrets', index);
  const login = loginSecret(service);
  if (service.onChange !== undefined && service.nodes === undefined)
    problem(
      'says when the configuration of its nodes changes, and it has no nodes: give nodes too',
      'x-onex',
      'on_change',
    );
  if (login !== undefined) need(stack.secrets, login, 'secret', 'x-onex', 'ready', 'password');
}

function checkVolumes({ services, volumes, secrets }: Stack, isGiven: IsGiven, report: Report): void {
  const logins = Object.values(services).map(loginSecret);
  for (const { name, keys } of Object.values(volumes)) {
    const path = ['volumes', name, 'x-onex', 'keys'];
    const unknown = (key: string) =>
      isGiven(path) ? 'no secret of the name that its variables give' : `no secret named ${key}`;
    for (const key of keys.filter((each) => !logins.includes(each))) {
      // logins are checked where their service names them
      const kind = secrets[key]?.origin.kind;
      if (kind === undefined) report(unknown(key), ...path);
      else if (kind === 'rendered') report(`${key} is rendered: name what it is made of`, ...path);
    }
  }
}

function checkTemplates({ secrets }: Stack, isGiven: IsGiven, report: Report): void {
  for (const { name, origin } of Object.values(secrets)) {
    if (origin.kind !== 'rendered') continue;
    const path = ['secrets', name, 'x-onex', 'render'];
    const { names, problems } = templateSecrets(origin.template);
    const unknown = names
      .filter((used) => secrets[used]?.origin.kind !== 'generated')
      .map((used) =>
        used in secrets ? `{{${used}}} is not a generated secret` : `{{${used}}}: no secret of that name`,
      );
    const told =
      isGiven(path) && unknown.length > 0 ? ['its variables give names of no generated secret'] : unknown;
    for (const reason of [...problems, ...told]) report(reason, ...path);
  }
}

function checkPorts({ services }: Stack, report: Report): void {
  const taken: (PublishedPort & { owner: string })[] = [];
  for (const { name, ports } of Object.values(services))
    for (const [index, port] of ports.entries()) {
      const other = taken.find((known) => known.host === port.host && overlap(known, port));
      taken.push({ ...port, owner: name });
      if (other !== undefined)
        report(`its host port is already ${other.owner}'s`, 'services', name, 'ports', index);
    }
}

function overlap(one: PublishedPort, other: PublishedPort): boolean {
  const [a, b] = [one, other].map(({ address = '127.0.0.1' }) => address) as [string, string];
  return a === b || [a, b].some((address) => address === '0.0.0.0' || address === '::');
}

function checkNames({ services }: Stack, report: Report): void {
  const owners = new Map<string, string>();
  for (const { name, containerName } of Object.values(services)) {
    if (containerName === undefined) continue;
    const owner = owners.get(containerName);
    owners.set(containerName, owner ?? name);
    if (owner !== undefined) report(`its name is already ${owner}'s`, 'services', name, 'container_name');
  }
}
