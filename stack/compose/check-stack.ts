import { didYouMean } from './did-you-mean';
import { findCycle } from './find-cycle';
import { templateSecrets } from './render-template';
import type { Service, Stack } from './stack';
import type { StackProblem } from './stack-problem';

/** What does not fit together in a stack: names that nothing declares, cycles, ports used twice. */
export function checkStack(stack: Stack): StackProblem[] {
  return [
    ...Object.values(stack.services).flatMap((service) => checkService(stack, service)),
    ...checkVolumes(stack),
    ...checkTemplates(stack),
    ...checkPorts(stack),
    ...checkCycle(stack),
  ];
}

function checkService(stack: Stack, service: Service): StackProblem[] {
  const at = (...path: (string | number)[]) => ['services', service.name, ...path];
  const problems: StackProblem[] = [];
  const need = (known: object, name: string, what: string, path: (string | number)[]) => {
    if (name in known) return;
    const meant = didYouMean(name, Object.keys(known));
    problems.push({
      path,
      reason: `no ${what} named ${name}${meant === undefined ? '' : `: did you mean ${meant}?`}`,
    });
  };
  for (const { service: other } of service.dependsOn) {
    need(stack.services, other, 'service', at('depends_on', other));
    const dependency = stack.services[other];
    const missing = dependency?.profiles.filter((profile) => !service.profiles.includes(profile)) ?? [];
    if (
      dependency !== undefined &&
      dependency.profiles.length > 0 &&
      missing.length === dependency.profiles.length
    ) {
      problems.push({
        path: at('depends_on', other),
        reason: `${other} starts only with profile ${missing.join(' or ')}, which ${service.name} does not have`,
      });
    }
  }
  for (const [index, mount] of service.mounts.entries()) {
    if (mount.kind === 'volume') need(stack.volumes, mount.volume, 'volume', at('volumes', index));
  }
  for (const [index, name] of service.secrets.entries())
    need(stack.secrets, name, 'secret', at('secrets', index));
  const password =
    service.ready !== undefined && 'password' in service.ready ? service.ready.password : undefined;
  if (password !== undefined) need(stack.secrets, password, 'secret', at('x-onex', 'ready', 'password'));
  return problems;
}

function checkVolumes(stack: Stack): StackProblem[] {
  const passwords = Object.values(stack.services).map(({ ready }) =>
    ready !== undefined && 'password' in ready ? ready.password : undefined,
  );
  return Object.values(stack.volumes).flatMap(({ name, keys }) => {
    const path = ['volumes', name, 'x-onex', 'keys'];
    return keys
      .filter((key) => !passwords.includes(key)) // checked where the service names it
      .flatMap((key) => {
        const kind = stack.secrets[key]?.origin.kind;
        if (kind === undefined) return [{ path, reason: `no secret named ${key}` }];
        return kind === 'rendered' ? [{ path, reason: `${key} is rendered: name what it is made of` }] : [];
      });
  });
}

function checkTemplates(stack: Stack): StackProblem[] {
  return Object.values(stack.secrets).flatMap(({ name, origin }) => {
    if (origin.kind !== 'rendered') return [];
    const path = ['secrets', name, 'x-onex', 'render'];
    const { names, problems } = templateSecrets(origin.template);
    const unknown = names.filter((used) => stack.secrets[used]?.origin.kind !== 'generated');
    return [
      ...problems.map((reason) => ({ path, reason })),
      ...unknown.map((used) => ({
        path,
        reason:
          used in stack.secrets
            ? `{{${used}}} is not a generated secret`
            : `{{${used}}}: no secret of that name`,
      })),
    ];
  });
}

function checkPorts(stack: Stack): StackProblem[] {
  const owners = new Map<number, string>();
  return Object.values(stack.services).flatMap((service) =>
    service.ports.flatMap(({ host }, index) => {
      const owner = owners.get(host);
      owners.set(host, owner ?? service.name);
      if (owner === undefined) return [];
      return [
        {
          path: ['services', service.name, 'ports', index],
          reason: `host port ${host} is already ${owner}'s`,
        },
      ];
    }),
  );
}

function checkCycle(stack: Stack): StackProblem[] {
  const cycle = findCycle(
    new Map(
      Object.values(stack.services).map(({ name, dependsOn }) => [name, dependsOn.map((to) => to.service)]),
    ),
  );
  if (cycle === undefined) return [];
  const [first = '', second = first] = cycle;
  return [
    { path: ['services', first, 'depends_on', second], reason: `dependency cycle: ${cycle.join(' → ')}` },
  ];
}
