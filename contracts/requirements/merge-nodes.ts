import type { ContractFile, Requirement } from '../read/contract-file';
import type { Problem } from '../read/problem';
import type { NodeRequirements } from './node-requirements';

interface MergedNodes {
  /** In order of first appearance. */
  nodes: NodeRequirements[];
  /** Nodes whose files name different services: the first one counts. */
  problems: Problem[];
}

/** The nodes of a set of contracts; several files may name one node. `service` is that of nodes which name none. */
export function mergeNodes(files: readonly ContractFile[], service?: string): MergedNodes {
  const nodes = new Map<string, NodeRequirements>();
  const problems: Problem[] = [];
  for (const file of files) {
    if (file.node === undefined) continue;
    const node = nodes.get(file.node) ?? { node: file.node, paths: [], requirements: [] };
    nodes.set(file.node, node);
    node.paths.push(file.path);
    file.requirements.forEach((requirement) => add(node, requirement));
    if (file.service === undefined) continue;
    node.service ??= file.service;
    if (node.service !== file.service) {
      const message = `Node '${node.node}' is of service '${node.service}' in another contract; '${file.service}' in ${file.path} is not used`;
      problems.push({ message });
    }
  }
  const all = [...nodes.values()];
  if (service !== undefined) all.forEach((node) => (node.service ??= service));
  return { nodes: all, problems };
}

function add({ requirements }: NodeRequirements, { key, transport, required }: Requirement): void {
  const same = requirements.find((other) => other.key === key && other.transport === transport);
  if (same === undefined) requirements.push({ key, transport, required });
  else same.required ||= required;
}
