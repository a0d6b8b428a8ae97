import type { RuntimeRow } from '../../contracts/report/bootstrap-report';
import type { NodeRow } from '../../contracts/report/node-row';
import type { ServiceOutline, StackOutline } from '../../contracts/report/outlines';
import type { Run } from '../run';

const PROFILE = 'runtime';

/** Starts the runtime services with exactly their nodes' configuration, and has each prove what it received. */
export async function startRuntime(
  run: Run,
  stack: StackOutline | undefined,
  nodes: NodeRow[],
): Promise<RuntimeRow[]> {
  const services = (stack?.services ?? []).filter(({ profiles }) => profiles.includes(PROFILE));
  return Promise.all(services.map((service) => startOne(run, service, nodes)));
}

async function startOne(run: Run, service: ServiceOutline, all: NodeRow[]): Promise<RuntimeRow> {
  const nodes = all.filter(({ node }) => service.nodes === '*' || service.nodes?.includes(node));
  const withheld = nodes.filter(({ file }) => file === 'withheld').map(({ node }) => node);
  if (withheld.length > 0)
    return held(service, nodes, `required keys are missing for ${withheld.join(', ')}`);
  if (nodes.length === 0) return held(service, nodes, 'no contract declares any of its nodes');
  const row = await run.host(
    'startRuntime',
    'service',
    `${service.name} to answer for its keys (${service.readyWhen})`,
  )(run.settings, service.name, nodes);
  if (row.action !== 'kept') run.note([`${row.action} ${row.name}`]);
  return row;
}

function held(service: ServiceOutline, nodes: NodeRow[], reason: string): RuntimeRow {
  return {
    name: service.name,
    image: '',
    kind: 'registry',
    action: 'skipped',
    reason,
    nodes: nodes.map(({ node }) => node),
    proof: 'not started',
  };
}
