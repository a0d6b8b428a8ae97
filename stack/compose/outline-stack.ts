import type { StackOutline } from '../../contracts/report/outlines';
import { readyWhen } from './ready';
import type { Stack } from './stack';

/** What a workflow needs of a stack to order it, without paths, ports or images. */
export function outlineStack({ name, services }: Pick<Stack, 'name' | 'services'>): StackOutline {
  return {
    project: name,
    services: Object.values(services).map((service) => ({
      name: service.name,
      profiles: service.profiles,
      dependsOn: service.dependsOn.map((to) => to.service),
      readyWhen: readyWhen(service),
      nodes: service.nodes,
    })),
  };
}
