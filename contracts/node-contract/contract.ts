import { basename, parse } from 'node:path/posix';
import { present } from '../core/record';
import type { Problem } from '../core/text-file';
import { isFolderName } from '../folders';
import { biting, bites, isVariableName } from '../key-names';
import { resolveTransport, transportConfigMap, type TransportName } from '../transports';
import { pythonString, pythonType } from './python-values';
import { mapping, readYaml, type YamlText } from './yaml';

/** One key that a contract asks for. Environment dependencies carry the transport `runtime`. */
export interface Requirement {
  key: string;
  transport: TransportName;
  /** Where in the contract it was found: "handler_routing.handlers[0].handler_type". */
  field: string;
  required: boolean;
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
  /** Those of `requirements` whose keys are refused, unless the operator allows them (`refuseKeys`). */
  biting?: (Problem & { key: string })[];
}

const MOST_SHOWN = 60; // characters of a text that is no name

type Contract = ReadonlyMap<unknown, unknown>;

/** Which file names a directory scan takes for contracts. */
export const isContractName = (name: string) =>
  name === 'contract.yaml' || name === 'handler_contract.yaml' || /^contract_.*\.yaml$/s.test(name);

/** Reads one contract's text. Whatever is wrong with it stands in `problems`; never throws. `path` names it in messages. */
export function parseContract(path: string, text: string): ContractFile {
  const yaml = readYaml(text);
  if (!yaml.ok) {
    const failed = ({ message, line }: Problem) => ({ message: `Failed to parse ${path}: ${message}`, line });
    return unusable(path, yaml.problems.map(failed));
  }
  if (yaml.root === undefined) return unusable(path, []);
  const contract = mapping(yaml.root);
  // Copied, since a text cut out of the YAML keeps the whole of it in memory.
  if (contract !== undefined) return structuredClone(contractFile(path, contract, yaml));
  const message = `Contract ${path} has a non-mapping YAML root (got ${pythonType(yaml.root)})`;
  return unusable(path, [{ message, line: 1 }]);
}

/** Contracts without keys that tell programs what to do: those are problems of their files, but for keys in `allowed`. */
export function refuseKeys(files: readonly ContractFile[], allowed: readonly string[] = []): ContractFile[] {
  return files.map((file) => {
    const refused = (file.biting ?? []).filter(({ key }) => !allowed.includes(key));
    if (refused.length === 0) return file;
    const keys = new Set(refused.map(({ key }) => key));
    return {
      ...file,
      requirements: file.requirements.filter(({ key }) => !keys.has(key)),
      problems: [...file.problems, ...refused.map(({ message, line }) => ({ message, line }))],
    };
  });
}

/** A contract file that says nothing, and why. */
export const unusable = (path: string, problems: Problem[]): ContractFile => ({
  path,
  transports: [],
  requirements: [],
  problems,
});

type Place = readonly (string | number)[];

/** "handler_routing.handlers[0].handler_type" */
const fieldOf = (place: Place) =>
  place
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .slice(1);

interface Found extends Pick<ContractFile, 'transports' | 'requirements'> {
  biting: NonNullable<ContractFile['biting']>;
  /** The file's line of a place. */
  lineOf: YamlText['lineOf'];
  /** `at` is the place of the value that is at fault, `shown` what the message calls it. */
  report: (message: string, at: Place, shown: Place) => void;
}

/** What is found in a contract, in order: metadata.transport_type, handler_routing, then environment dependencies. */
function contractFile(path: string, contract: Contract, yaml: YamlText): ContractFile {
  const problems = yaml.problems.map(({ message, line }) => ({ message: `${message} (${path})`, line }));
  const found: Found = {
    transports: [],
    requirements: [],
    biting: [],
    lineOf: (at) => yaml.lineOf(at),
    report: (message, at, shown) =>
      problems.push({ message: `${message} in ${path}::${fieldOf(shown)}`, line: yaml.lineOf(at) }),
  };
  const metadata = mapping(contract.get('metadata'));
  addTransport(found, metadata?.get('transport_type'), ['metadata', 'transport_type']);
  list(mapping(contract.get('handler_routing'))?.get('handlers')).forEach((handler, index) => {
    const shown = ['handler_routing', 'handlers', index];
    addTransport(found, mapping(handler)?.get('handler_type'), [...shown, 'handler_type'], shown);
  });
  list(contract.get('dependencies')).forEach((dependency, index) => {
    addEnvironmentKey(found, mapping(dependency), ['dependencies', index]);
  });

  const { transports, requirements, biting: refusable } = found;
  const service = serviceOf(contract, path, problems);
  const node = nodeOf(contract) ?? substitute(path, requirements.length > 0, problems);
  return {
    path,
    ...present({ node, service }),
    transports,
    requirements,
    problems,
    ...(refusable.length === 0 ? {} : { biting: refusable }),
  };
}

function addTransport(
  { transports, requirements, report }: Found,
  value: unknown,
  at: Place,
  shown: Place = at,
): void {
  if (isFalsy(value)) return;
  const name = String(at.at(-1));
  const raw = pythonString(value);
  const transport = raw === undefined ? undefined : resolveTransport(raw);
  if (transport === undefined) {
    const message =
      raw === undefined
        ? `${name} is a ${pythonType(value)}, not a text,`
        : `Unknown ${name} '${shortened(raw)}'`;
    return report(message, at, shown);
  }
  if (!transports.includes(transport)) transports.push(transport);
  const field = fieldOf(at);
  for (const key of transportConfigMap[transport].keys) {
    requirements.push({ key, transport, field, required: true });
  }
}

function addEnvironmentKey(
  { requirements, biting: refusable, lineOf, report }: Found,
  dependency: Contract | undefined,
  at: Place,
): void {
  const name = dependency?.get('env_var');
  if (dependency?.get('type') !== 'environment' || isFalsy(name)) return;
  const key = pythonString(name);
  if (key === undefined)
    return report(`env_var is a ${pythonType(name)}, not a text,`, [...at, 'env_var'], at);
  if (!isVariableName(key)) {
    const rule = 'names no variable (letters, digits and "_", no digit first)';
    return report(`env_var '${shortened(key)}' ${rule}`, [...at, 'env_var'], at);
  }
  if (bites(key)) refusable.push({ key, message: biting(key), line: lineOf([...at, 'env_var']) });
  const required = dependency.has('required') ? !isFalsy(dependency.get('required')) : true;
  requirements.push({ key, transport: 'runtime', field: fieldOf(at), required });
}

const shortened = (name: string) => (name.length > MOST_SHOWN ? `${name.slice(0, MOST_SHOWN)}…` : name);

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Python's truth: the text "false" is true, an empty list is false. */
function isFalsy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value instanceof Map || value instanceof Set ? value.size === 0 : !value && !Number.isNaN(value);
}

const text = (values: unknown[]): string | undefined =>
  values.find((value): value is string => typeof value === 'string' && value.trim() !== '')?.trim();

/** The node that a contract declares. */
const nodeOf = (contract: Contract) =>
  text(['node_name', 'name', 'contract_name', 'handler_id'].map((field) => contract.get(field)));

/** A name for a node that its contract does not name: the file's, or the folder's where the file is called contract.yaml. */
function substitute(path: string, needed: boolean, problems: Problem[]): string | undefined {
  if (!needed) return undefined;
  const { name, dir } = parse(path);
  const folder = basename(dir);
  const node = (name === 'contract' || name === 'handler_contract') && folder !== '' ? folder : name;
  problems.push({
    message: `Contract ${path} names no node (node_name, name, contract_name or handler_id): taken as '${node}'`,
  });
  return node;
}

function serviceOf(contract: Contract, path: string, problems: Problem[]): string | undefined {
  const service = text([contract.get('service'), mapping(contract.get('metadata'))?.get('service')]);
  if (service === undefined || isFolderName(service)) return service;
  const message = `Service '${shortened(service)}' in ${path} cannot name a folder: only letters, digits, "-" and "_" are allowed`;
  problems.push({ message });
  return undefined;
}
