import type { TransportName } from '../transports/transport-name';
import type { Problem } from './problem';

/** One key that a contract asks for. Environment dependencies carry the transport `runtime`. */
export interface Requirement {
  key: string;
  transport: TransportName;
  /** Where in the contract it was found: "handler_routing.handlers[0].handler_type". */
  field: string;
  required: boolean;
  node: string;
  service?: string;
  path: string;
}

/** What one contract file says. Without `node`: the file is broken, or names no node and needs none. */
export interface ContractFile {
  path: string;
  node?: string;
  service?: string;
  /** Every transport named, also those without keys, in order of first appearance. */
  transports: TransportName[];
  requirements: Requirement[];
  problems: Problem[];
}
