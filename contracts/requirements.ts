import { grouped } from './core/record';
import type { Problem } from './core/text-file';
import type { ContractFile, Requirement } from './node-contract/contract';

/** A key that a node reads. */
export type NodeRequirement = Omit<Requirement, 'field'>;

/** One node's keys, each (key, transport) once; required if any of its contracts requires it. */
export interface NodeRequirements {
  node: string;
  service?: string;
  /** The contract files that name the node, in path order. */
  paths: string[];
  requirements: NodeRequirement[];
}

interface MergedNodes {
  /** In order of first appearance. */
  nodes: NodeRequirements[];
  /** Nodes whose files name different services: the first one counts. */
  problems: Problem[];
}

/** The nodes of a set of contracts; several files may name one node. `service` is that of nodes which name none. */
export function mergeNodes(files: readonly ContractFile[], service?: string): MergedNodes {
  const filesOf = grouped(files.filter(isNamed), ({ node }) => node);
  const problems: Problem[] = [];
  const nodes = [...filesOf].map(([node, own]) => {
    const [named, ...others] = own.filter((file) => file.service !== undefined);
    for (const other of others) {
      if (other.service === named?.service) continue;
      const message = `Node '${node}' is of service '${named?.service}' in another contract; '${other.service}' in ${other.path} is not used`;
      problems.push({ message });
    }
    const of = named?.service ?? service;
    return {
      node,
      ...(of === undefined ? {} : { service: of }),
      paths: own.map(({ path }) => path),
      requirements: mergeRequirements(own),
    };
  });
  return { nodes, problems };
}

const isNamed = (file: ContractFile): file is ContractFile & { node: string } => file.node !== undefined;

function mergeRequirements(files: readonly ContractFile[]): NodeRequirement[] {
  const merged = new Map<string, NodeRequirement>();
  for (const { key, transport, required } of files.flatMap(({ requirements }) => requirements)) {
    const place = `${transport} ${key}`;
    const same = merged.get(place);
    if (same === undefined) merged.set(place, { key, transport, required });
    else same.required ||= required;
  }
  return [...merged.values()];
}

/**
 * The requirements of a set of contracts as plain data, as `onex-bootstrap requirements --json` prints them: files in the
 * order given (`node` is null for one that is broken or names none), transports and keys in order of first appearance.
 */
export function describeRequirements(files: readonly ContractFile[]) {
  const all = files.flatMap(({ requirements }) => requirements);
  return {
    files: files.map(({ path, node, requirements, problems }) => ({
      path,
      node: node ?? null,
      requirements,
      problems,
    })),
    transports: [
      ...new Set(
        files.flatMap(({ transports, requirements }) => [
          ...transports,
          ...requirements.map(({ transport }) => transport),
        ]),
      ),
    ],
    keys: [...new Set(all.map(({ key }) => key))],
  };
}
