import type { Requirement } from '../read/contract-file';

/** One node's keys, each (key, transport) once; required if any of its contracts requires it. */
export interface NodeRequirements {
  node: string;
  service?: string;
  /** The contract files that name the node, in path order. */
  paths: string[];
  requirements: NodeRequirement[];
}

/** A key that a node reads. */
export type NodeRequirement = Pick<Requirement, 'key' | 'transport' | 'required'>;
