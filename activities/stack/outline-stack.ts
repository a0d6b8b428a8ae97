import type { ServiceOutline, StackOutline } from '../../contracts/report/outlines';
import type { Ready, Service, Stack } from '../../stack/compose/stack';

/** What a workflow needs of a stack to order it. */
export function outlineStack({ name, services }: Stack): StackOutline {
  return { project: name, services: Object.values(services).map(outline) };
}

function outline(service: Service): ServiceOutline {
  return {
    name: service.name,
    profiles: service.profiles,
    dependsOn: service.dependsOn.map((to) => to.service),
    readyWhen: service.ready === undefined ? 'it runs' : readyWhen(service.ready),
    nodes: service.nodes,
  };
}

function readyWhen(ready: Ready): string {
  switch (ready.protocol) {
    case 'postgres':
      return `a login on 127.0.0.1:${ready.port}`;
    case 'valkey':
      return `a ping on 127.0.0.1:${ready.port}`;
    case 'http':
      return `an answer at http://127.0.0.1:${ready.port}${ready.path}`;
    default:
      return ready satisfies never;
  }
}
