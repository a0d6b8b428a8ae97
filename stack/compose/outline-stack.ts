import { readyWhen } from './ready';
import type { Stack } from './stack';

/** What a workflow needs of a stack to order it, without paths, ports or images. */
export interface StackOutline {
  project: string;
  services: ServiceOutline[];
}

export interface ServiceOutline {
  name: string;
  /** Empty for infrastructure; `runtime` starts after the configuration of its nodes is there. */
  profiles: string[];
  dependsOn: string[];
  /** What ready means, in words: `a login as infisical on 127.0.0.1:5436`. */
  readyWhen: string;
}

/** The outline of a stack, in the order of its file. */
export function outlineStack({ name, services }: Pick<Stack, 'name' | 'services'>): StackOutline {
  return {
    project: name,
    services: Object.values(services).map((service) => ({
      name: service.name,
      profiles: service.profiles,
      dependsOn: service.dependsOn.map((to) => to.service),
      readyWhen: readyWhen(service),
    })),
  };
}
