import { nearest } from '../../contracts/core/zod-problems';
import type { IsGiven } from './interpolate';
import { findCycle } from './order';
import { outlineStack } from './outline-stack';
import { loginSecret } from './ready';
import { templateSecrets } from './render-template';
import type { PublishedPort, Service, Stack, StackProblem } from './stack';

/**
 * What does not fit together in a stack: names that nothing declares, cycles, ports used twice. No reason repeats what
 * `isGiven` by a variable.
 */
export function checkStack(stack: Stack, isGiven: IsGiven): StackProblem[] {
  return [
    ...Object.values(stack.services).flatMap((service) => checkService(stack, service, isGiven)),
    ...checkVolumes(stack, isGiven),
    ...checkTemplates(stack, isGiven),
    ...checkPorts(stack),
    ...checkNames(stack),
    ...checkCycle(stack),
  ];
}

// sockets themselves, and folders that they are in
const HOLDS_ENGINE =
  /^\/$|^(\/var)?\/run(\/(docker|podman|containerd|user(\/\d+(\/podman)?)?))?$|\/(docker|podman|containerd)\.sock$/;

function checkService(stack: Stack, service: Service, isGiven: IsGiven): StackProblem[] {
  const problems: StackProblem[] = [];
  const problem = (reason: string, ...path: StackProblem['path']) =>
    problems.push({ path: ['services', service.name, ...path], reason });
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
  return problems;
}

function checkVolumes({ services, volumes, secrets }: Stack, isGiven: IsGiven): StackProblem[] {
  const logins = Object.values(services).map(loginSecret);
  return Object.values(volumes).flatMap(({ name, keys }) =>
    keys
      .filter((key) => !logins.includes(key)) // checked where the service names it
      .flatMap((key) => {
        const kind = secrets[key]?.origin.kind;
        if (kind !== undefined && kind !== 'rendered') return [];
        const path = ['volumes', name, 'x-onex', 'keys'];
        return kind === undefined
          ? [
              {
                path,
                reason: isGiven(path)
                  ? 'no secret of the name that its variables give'
                  : `no secret named ${key}`,
              },
            ]
          : [{ path, reason: `${key} is rendered: name what it is made of` }];
      }),
  );
}

function checkTemplates({ secrets }: Stack, isGiven: IsGiven): StackProblem[] {
  return Object.values(secrets).flatMap(({ name, origin }) => {
    if (origin.kind !== 'rendered') return [];
    const { names, problems } = templateSecrets(origin.template);
    const unknown = names
      .filter((used) => secrets[used]?.origin.kind !== 'generated')
      .map((used) =>
        used in secrets ? `{{${used}}} is not a generated secret` : `{{${used}}}: no secret of that name`,
      );
    const path = ['secrets', name, 'x-onex', 'render'];
    const told =
      isGiven(path) && unknown.length > 0 ? ['its variables give names of no generated secret'] : unknown;
    return [...problems, ...told].map((reason) => ({ path, reason }));
  });
}

function checkPorts({ services }: Stack): StackProblem[] {
  const taken: (PublishedPort & { owner: string })[] = [];
  return Object.values(services).flatMap(({ name, ports }) =>
    ports.flatMap((port, index) => {
      const other = taken.find((known) => known.host === port.host && overlap(known, port));
      taken.push({ ...port, owner: name });
      return other === undefined
        ? []
        : [
            {
              path: ['services', name, 'ports', index],
              reason: `its host port is already ${other.owner}'s`,
            },
          ];
    }),
  );
}

function overlap(one: PublishedPort, other: PublishedPort): boolean {
  const [a, b] = [one, other].map(({ address = '127.0.0.1' }) => address) as [string, string];
  return a === b || [a, b].some((address) => address === '0.0.0.0' || address === '::');
}

function checkNames({ services }: Stack): StackProblem[] {
  const owners = new Map<string, string>();
  return Object.values(services).flatMap(({ name, containerName }) => {
    if (containerName === undefined) return [];
    const owner = owners.get(containerName);
    owners.set(containerName, owner ?? name);
    return owner === undefined
      ? []
      : [
          {
            path: ['services', name, 'container_name'],
            reason: `its name is already ${owner}'s`,
          },
        ];
  });
}

function checkCycle(stack: Stack): StackProblem[] {
  const cycle = findCycle(outlineStack(stack).services);
  if (cycle === undefined) return [];
  const [first = '', second = first] = cycle;
  return [
    { path: ['services', first, 'depends_on', second], reason: `dependency cycle: ${cycle.join(' → ')}` },
  ];
}
