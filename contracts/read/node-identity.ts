import path from 'node:path';

const fields = ['node_name', 'name', 'contract_name', 'handler_id'] as const;

/** The node that a contract declares: the first of node_name, name, contract_name and handler_id that is a text. */
export function declaredNode(contract: ReadonlyMap<unknown, unknown>): string | undefined {
  return fields
    .map((field) => contract.get(field))
    .find(isText)
    ?.trim();
}

/** A name for the node of a contract that declares none: its file's name, or its folder's where the file is called contract.yaml. */
export function nodeOfPath(file: string): string {
  const { name, dir } = path.posix.parse(file);
  const folder = path.posix.basename(dir);
  return (name === 'contract' || name === 'handler_contract') && folder !== '' ? folder : name;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
