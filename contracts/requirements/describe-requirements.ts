import type { ContractFile, Requirement } from '../read/contract-file';
import type { Problem } from '../read/problem';
import type { TransportName } from '../transports/transport-name';

/** What `onex-bootstrap requirements --json` prints. */
export interface RequirementsDescription {
  /** In the order given; `node` is null for a file that is broken or names none. */
  files: {
    path: string;
    node: string | null;
    requirements: Pick<Requirement, 'key' | 'transport' | 'field' | 'required'>[];
    problems: Problem[];
  }[];
  /** In order of first appearance. */
  transports: TransportName[];
  keys: string[];
}

/** The requirements of a set of contracts as plain data. */
export function describeRequirements(files: readonly ContractFile[]): RequirementsDescription {
  return {
    files: files.map(({ path, node, requirements, problems }) => ({
      path,
      node: node ?? null,
      requirements: requirements.map(({ key, transport, field, required }) => ({
        key,
        transport,
        field,
        required,
      })),
      problems,
    })),
    transports: [...new Set(files.flatMap(appearance))],
    keys: [...new Set(files.flatMap(({ requirements }) => requirements.map(({ key }) => key)))],
  };
}

function appearance(file: ContractFile): TransportName[] {
  return [...file.transports, ...file.requirements.map(({ transport }) => transport)];
}
